import LessonKit
import Retrograd

/// Figures about the filters of a first layer.
struct FilterTraits {
  /// The share of filters whose weights change little from one pixel to the next: neighbors correlate by more than ½.
  let smooth: Double
  /// The share of filters that ignore color: less than a fifth of their energy is what tells the channels apart.
  let gray: Double
  /// The share of filters with a direction, edges and stripes: the coherence of their slopes is above ½.
  let directed: Double

  /// The traits of filters; those of random numbers have none of them.
  ///
  /// The coherence is `√((Σdx² − Σdy²)² + 4(Σdx·dy)²) / (Σdx² + Σdy²)`, where dx and dy are the differences between
  /// the neighbors of each weight: 0 where slopes go everywhere, 1 where all go one way (J. Bigün and G. Granlund,
  /// "Optimal Orientation Detection of Linear Symmetry", 1987).
  ///
  /// - Parameter filters: [filters, channels, height, width].
  init(_ filters: Tensor) {
    func energy(_ x: Tensor, _ y: Tensor) -> Tensor { (x * y).sum(axes: [1, 2, 3]) }
    let (height, width) = (filters.shape[2], filters.shape[3])
    func part(_ x: Tensor, _ rows: Range<Int>, _ columns: Range<Int>) -> Tensor {
      x.slice(rows, axis: 2).slice(columns, axis: 3)
    }

    let centered = filters - filters.mean(axes: [1, 2, 3], keepDims: true)
    let (above, below) = (0..<(height - 1), 1..<height)
    let (left, right) = (0..<(width - 1), 1..<width)
    let pairs =
      energy(part(centered, above, 0..<width), part(centered, below, 0..<width))
      * (0.5 * Double(height) / Double(height - 1))
      + energy(part(centered, 0..<height, left), part(centered, 0..<height, right))
      * (0.5 * Double(width) / Double(width - 1))
    smooth = (pairs .> energy(centered, centered) * 0.5).mean().item()

    let color = filters - filters.mean(axes: [1], keepDims: true)
    gray = (energy(color, color) .< energy(filters, filters) * 0.2).mean().item()

    let (rows, columns) = (1..<(height - 1), 1..<(width - 1))
    let dx = part(filters, rows, 2..<width) - part(filters, rows, 0..<(width - 2))
    let dy = part(filters, 2..<height, columns) - part(filters, 0..<(height - 2), columns)
    let (xx, yy, xy) = (energy(dx, dx), energy(dy, dy), energy(dx, dy))
    let strength = ((xx - yy) * (xx - yy) + xy * xy * 4).sqrt()
    directed = (strength .> (xx + yy) * 0.5).mean().item()
  }

  /// A row of the lesson's table.
  ///
  /// - Parameters:
  ///   - name: The network's name.
  ///   - filters: The filters.
  static func row(_ name: String, _ filters: Tensor) -> [String] {
    let traits = FilterTraits(filters)
    return [name, "\(filters.shape[0])"]
      + [traits.smooth, traits.gray, traits.directed].map { percent($0) }
  }
}

/// The filters of torchvision's AlexNet, if its weights were fetched.
func officialFilters() -> Tensor? {
  guard let file = WeightStore().find(WeightManifest.alexNet) else { return nil }
  do {
    return try WeightFile.read(file)["features.0.weight"]
  } catch {
    say("\(error)")
    return nil
  }
}
