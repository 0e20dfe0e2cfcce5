import RetrogradDevices

// The matrix product, and convolution as one: C[i, j] = Σₚ A[i, p] · B[p, j].
//
// A group of 64 work items, seen as 8 × 8, computes a tile of 64 × 64 results. Sixteen columns of A and rows of B at a time
// come to memory that the group shares, and each item then multiplies them into 64 sums of its own:
//
//               B   ┌── 64 ──┐
//                   │        │ 16          item (x, y) of the group has rows y, y + 8, …, y + 56
//                   └────────┘             and columns x, x + 8, …, x + 56 of the tile:
//      A  ┌ 16 ┐    ┌────────┐
//         │    │ 64 │ x·······│             its 64 sums stay in registers. Of 16 numbers read from
//         │    │    │·········│             shared memory it makes 64 multiplications.
//         └────┘    └────────┘
//
// What A and B are differs, and the text has it in three pieces: what depends on the place p along the depth
// (worked out once for the group), what depends on the column j, and how both give the number B[p, j]. A number of
// A is always a[i · aRow + what p adds].

/// The numbers of a product, in the order of the kernel's `struct`.
struct DeviceProduct {
  var rows: Int
  var columns: Int
  var depth: Int
  /// The matrices that are multiplied one by one, and of how many those of A and of B repeat.
  var batches = 1
  var aBatches = 1
  var bBatches = 1
  /// Elements from one matrix to the next.
  var aBatch = 0
  var bBatch = 0
  /// Elements from one row of A to the next, and for matrix products along the other axes.
  var aRow = 0
  var aDepth = 0
  var bDepth = 0
  var bColumn = 0
  /// The numbers to add: none, one for each row, or one for each column.
  var bias = Bias.none
  var relu = false

  enum Bias: Int32 { case none, rows, columns }

  /// The depth that one group goes through at most where a result has too few tiles to keep a card busy. It follows
  /// from the extents of the matrices alone.
  fileprivate func partDepth(tiles: Int) -> Int {
    let wanted = Swift.max(1, 256 / Swift.max(tiles, 1))
    let parts = Swift.min(wanted, Swift.max(1, depth / 256))
    return Swift.max(16, ((depth + parts - 1) / parts + 15) / 16 * 16)
  }
}

extension OpenDevice {
  /// Runs one of the kernels below.
  ///
  /// - Parameters:
  ///   - kernel: The kernel.
  ///   - product: The numbers.
  ///   - geometry: Those of a convolution.
  ///   - isDivided: Whether the depth may be divided among groups, which takes one more sum.
  fileprivate func multiply(
    _ kernel: Kernel, _ a: Tensor, _ b: Tensor, bias: Tensor? = nil, shape: [Int],
    _ product: DeviceProduct, geometry: [Int32] = [], isDivided: Bool = false
  ) throws(DeviceError) -> Tensor {
    let tiles = ((product.columns + 63) / 64, (product.rows + 63) / 64)
    let partDepth =
      isDivided
      ? product.partDepth(tiles: tiles.0 * tiles.1 * product.batches) : Swift.max(product.depth, 1)
    let parts = Swift.max(1, (product.depth + partDepth - 1) / partDepth)
    let y = try output(parts == 1 ? shape : [parts] + shape)
    let numbers = [
      product.rows, product.columns, product.depth, parts, partDepth, product.batches,
      product.aBatches, product.bBatches, product.aBatch, product.bBatch, product.aRow,
      product.aDepth, product.bDepth, product.bColumn,
    ]
    try call(
      kernel,
      input(a) + input(b) + input(bias ?? a) + target(y)
        + [
          .ints(numbers.map(Int32.init) + [product.bias.rawValue, product.relu ? 1 : 0]),
          .ints(geometry + [Int32](repeating: 0, count: 16 - geometry.count)),
        ],
      WorkSize(groups: (tiles.0 * tiles.1 * product.batches * parts, 1, 1), items: (64, 1, 1)))
    if parts == 1 { return y }
    guard let sum = reduced(y, (1, parts, y.count / parts), .sum) else {
      throw DeviceError(.driver, "the parts of \"\(kernel.name)\" could not be added")
    }
    return sum.reshaped(shape)
  }

  /// That matrices do not repeat.
  private static let unlimited = Int(Int32.max)

  /// A batch of matrix products.
  ///
  /// - Parameters:
  ///   - product: Extents, batches and strides.
  ///   - isDivided: Whether the depth may be divided; not with a bias.
  func multiplied(
    _ a: Tensor, _ b: Tensor, bias: Tensor? = nil, shape: [Int], _ product: DeviceProduct,
    isDivided: Bool
  ) -> Tensor? {
    attempt("matmul") { () throws(DeviceError) in
      try multiply(
        matrixKernel(aAlongDepth: product.aDepth == 1, bAlongDepth: product.bDepth == 1),
        a, b, bias: bias, shape: shape, product, isDivided: isDivided)
    }
  }

  /// `conv2d`: rows are output channels, columns output pixels, the depth goes through the patch below a pixel.
  func convolved(
    _ x: Tensor, _ weight: Tensor, bias: Tensor?, relu: Bool, _ geometry: ConvolutionGeometry
  ) -> Tensor? {
    var product = DeviceProduct(
      rows: geometry.outputChannels, columns: geometry.outputPixels, depth: geometry.patch)
    (product.batches, product.bBatches) = (geometry.images * geometry.groups, Self.unlimited)
    (product.aBatches, product.aBatch) = (
      geometry.groups, geometry.outputChannels * geometry.patch
    )
    product.bBatch = geometry.inputChannels * geometry.inputPixels
    product.aRow = geometry.patch
    (product.bias, product.relu) = (bias == nil ? .none : .rows, relu)
    return attempt("conv2d") { () throws(DeviceError) in
      try multiply(
        convolutionKernel, weight, x, bias: bias, shape: geometry.outputShape, product,
        geometry: geometry.numbers)
    }
  }

  /// `conv2dInputGradient`: rows are input channels, columns input pixels, the depth goes through the outputs that
  /// a pixel had a part in, so that each pixel gathers what is its own.
  func inputGradient(
    _ dy: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry
  ) -> Tensor? {
    var product = DeviceProduct(
      rows: geometry.inputChannels, columns: geometry.inputPixels,
      depth: geometry.outputChannels * geometry.kernelPixels)
    (product.batches, product.bBatches) = (geometry.images * geometry.groups, Self.unlimited)
    (product.aBatches, product.aBatch) = (
      geometry.groups, geometry.outputChannels * geometry.patch
    )
    product.bBatch = geometry.outputChannels * geometry.outputPixels
    product.aRow = geometry.kernelPixels
    return attempt("conv2dInputGradient") { () throws(DeviceError) in
      try multiply(
        inputGradientKernel, weight, dy, shape: geometry.inputShape, product,
        geometry: geometry.numbers)
    }
  }

  /// `conv2dWeightGradient`: rows are output channels, columns the patch, the depth goes through all output pixels
  /// of all pictures.
  func weightGradient(_ dy: Tensor, _ x: Tensor, _ geometry: ConvolutionGeometry) -> Tensor? {
    var product = DeviceProduct(
      rows: geometry.outputChannels, columns: geometry.patch,
      depth: geometry.images * geometry.outputPixels)
    (product.batches, product.aBatches, product.bBatches) = (
      geometry.groups, Self.unlimited, Self.unlimited
    )
    product.aBatch = geometry.outputChannels * geometry.outputPixels
    product.bBatch = geometry.inputChannels * geometry.inputPixels
    product.aRow = geometry.outputPixels
    return attempt("conv2dWeightGradient") { () throws(DeviceError) in
      try multiply(
        weightGradientKernel, dy, x, shape: geometry.weightShape, product,
        geometry: geometry.numbers, isDivided: true)
    }
  }
}

extension ConvolutionGeometry {
  /// The numbers of the kernels' `struct`.
  fileprivate var numbers: [Int32] {
    [
      groups, inputChannels, outputChannels, input.height, input.width, kernel.height, kernel.width,
      output.height, output.width, stride.height, stride.width, padding.height, padding.width,
      dilation.height, dilation.width,
    ].map(Int32.init)
  }
}

// MARK: - The text

/// The three pieces in which the kernels differ; see above.
private struct ProductPieces {
  /// Sets `aPlace`, what `p` adds to a place in A, and `place`, `y`, `x` for B.
  let depth: String
  /// Sets `place`, `y`, `x` for column `j` of B.
  let column: String
  /// The number of B, from `d` of the depth and `c` of the column.
  let number: String
  /// Indicates whether neighbors along the depth lie side by side in A, and in B.
  var aAlongDepth = true
  var bAlongDepth = false
}

private func productKernel(_ function: String, _ pieces: ProductPieces) -> Kernel {
  Kernel(
    function,
    text: kernelPrelude + """
      typedef struct {
        int rows, columns, depth;
        int parts, partDepth;  // the depth is divided in parts, each with results of its own
        int batches, aBatches, bBatches, aBatch, bBatch;
        int aRow, aDepth, bDepth, bColumn;
        int bias, relu;
      } Product;

      // Extents of a convolution; channels are those of a group.
      typedef struct {
        int groups, inputs, outputs, height, width, kernelHeight, kernelWidth, outputHeight, outputWidth;
        int strideY, strideX, paddingY, paddingX, dilationY, dilationX, unused;
      } Geometry;

      typedef struct { int aPlace, place, y, x; } Place;

      Place placeOfDepth(int p, Product product, Geometry g) {
        Place d = {0, 0, 0, 0};
        \(pieces.depth)
        return d;
      }

      Place placeOfColumn(int j, Product product, Geometry g) {
        Place c = {0, 0, 0, 0};
        \(pieces.column)
        return c;
      }

      float number(READ b, Place d, Place c, Geometry g) {
        \(pieces.number)
      }

      #define TILE 64
      #define DEPTH 16
      // Which of TILE × DEPTH numbers an item reads: neighbors read what lies side by side.
      #define DEPTH_OF(n, alongDepth) (alongDepth ? n % DEPTH : n / TILE)
      #define WIDTH_OF(n, alongDepth) (alongDepth ? n / DEPTH : n % TILE)

      KERNEL \(function)(READ a, int aStart, READ b, int bStart, READ bias, int biasStart, WRITE c,
                         Product product, Geometry g) {
        SHARED float aTile[DEPTH][TILE], bTile[DEPTH][TILE];
        SHARED Place depths[DEPTH], columns[TILE];
        const int item = PLACE(0), across = item % 8, down = item / 8;
        // Groups are numbered along an axis, which may be longer than others: column by column, row by row.
        const int tileColumns = (product.columns + TILE - 1) / TILE;
        const int tileRows = (product.rows + TILE - 1) / TILE;
        const int firstColumn = GROUP(0) % tileColumns * TILE;
        const int firstRow = GROUP(0) / tileColumns % tileRows * TILE;
        const int result = GROUP(0) / tileColumns / tileRows;
        const int batch = result % product.batches, part = result / product.batches;
        a += aStart + batch % product.aBatches * product.aBatch;
        b += bStart + batch % product.bBatches * product.bBatch;
        c += result * product.rows * product.columns;

        float sums[8][8];
        for (int i = 0; i < 8; i++) for (int j = 0; j < 8; j++) sums[i][j] = 0;
        columns[item] = placeOfColumn(min(firstColumn + item, product.columns - 1), product, g);

        const int end = min(product.depth, (part + 1) * product.partDepth);
        for (int first = part * product.partDepth; first < end; first += DEPTH) {
          if (item < DEPTH) depths[item] = placeOfDepth(min(first + item, end - 1), product, g);
          WAIT_FOR_GROUP;
          for (int n = item; n < TILE * DEPTH; n += 64) {
            int p = DEPTH_OF(n, \(pieces.aAlongDepth)), row = WIDTH_OF(n, \(pieces.aAlongDepth));
            bool isInside = first + p < end && firstRow + row < product.rows;
            aTile[p][row] =
                isInside ? a[(firstRow + row) * product.aRow + depths[p].aPlace] : 0;
          }
          for (int n = item; n < TILE * DEPTH; n += 64) {
            int p = DEPTH_OF(n, \(pieces.bAlongDepth)), column = WIDTH_OF(n, \(pieces.bAlongDepth));
            bool isInside = first + p < end && firstColumn + column < product.columns;
            bTile[p][column] = isInside ? number(b, depths[p], columns[column], g) : 0;
          }
          WAIT_FOR_GROUP;
          for (int p = 0; p < DEPTH; p++) {
            float left[8], right[8];
            for (int i = 0; i < 8; i++) left[i] = aTile[p][down + 8 * i];
            for (int j = 0; j < 8; j++) right[j] = bTile[p][across + 8 * j];
            for (int i = 0; i < 8; i++) {
              for (int j = 0; j < 8; j++) sums[i][j] = mad(left[i], right[j], sums[i][j]);
            }
          }
        }

        for (int i = 0; i < 8; i++) {
          int row = firstRow + down + 8 * i;
          if (row >= product.rows) break;
          float ofRow =
              product.bias == 1 ? bias[biasStart + batch % product.aBatches * product.rows + row] : 0;
          for (int j = 0; j < 8; j++) {
            int column = firstColumn + across + 8 * j;
            if (column >= product.columns) break;
            float y = sums[i][j];
            if (product.bias) y += product.bias == 1 ? ofRow : bias[biasStart + column];
            c[row * product.columns + column] = product.relu && y <= 0 ? 0 : y;
          }
        }
      }
      """)
}

/// `C = A · B`, each as it lies or transposed.
private func matrixKernel(aAlongDepth: Bool, bAlongDepth: Bool) -> Kernel {
  productKernel(
    "product\(aAlongDepth ? "" : "WithTransposedA")\(bAlongDepth ? "WithTransposedB" : "")",
    ProductPieces(
      depth: "d.aPlace = p * product.aDepth; d.place = p * product.bDepth;",
      column: "c.place = j * product.bColumn;",
      number: "return b[d.place + c.place];", aAlongDepth: aAlongDepth, bAlongDepth: bAlongDepth))
}

/// The number of `x` below a place of the kernel; 0 outside of the picture.
private let numberOfPicture = """
  int y = d.y + c.y, x = d.x + c.x;
    bool isInside = y >= 0 && y < g.height && x >= 0 && x < g.width;
    return isInside ? b[d.place + c.place + y * g.width + x] : 0;
  """

/// `y[o, i, j] = Σ W[o, c, u, v] · x[c, i · stride + u · dilation − padding, …]`.
private let convolutionKernel = productKernel(
  "convolve",
  ProductPieces(
    depth: """
      int ofKernel = p % (g.kernelHeight * g.kernelWidth), channel = p / (g.kernelHeight * g.kernelWidth);
        d.aPlace = p;
        d.place = channel * g.height * g.width;
        d.y = ofKernel / g.kernelWidth * g.dilationY;
        d.x = ofKernel % g.kernelWidth * g.dilationX;
      """,
    column: """
      c.y = j / g.outputWidth * g.strideY - g.paddingY;
        c.x = j % g.outputWidth * g.strideX - g.paddingX;
      """,
    number: numberOfPicture))

/// `dx[c, y, x] = Σ W[o, c, u, v] · dy[o, i, j]` over the outputs with `i · stride + u · dilation − padding = y`.
private let inputGradientKernel = productKernel(
  "convolveInputGradient",
  ProductPieces(
    depth: """
      int kernelPixels = g.kernelHeight * g.kernelWidth;
        int ofKernel = p % kernelPixels, channel = p / kernelPixels;
        d.aPlace = channel * g.inputs * kernelPixels + ofKernel;
        d.place = channel * g.outputHeight * g.outputWidth;
        d.y = -(ofKernel / g.kernelWidth) * g.dilationY;
        d.x = -(ofKernel % g.kernelWidth) * g.dilationX;
      """,
    column: """
      c.y = j / g.width + g.paddingY;
        c.x = j % g.width + g.paddingX;
      """,
    number: """
      int y = d.y + c.y, x = d.x + c.x;
        if (y < 0 || x < 0 || y % g.strideY != 0 || x % g.strideX != 0) return 0;
        y /= g.strideY;
        x /= g.strideX;
        if (y >= g.outputHeight || x >= g.outputWidth) return 0;
        return b[d.place + c.place + y * g.outputWidth + x];
      """))

/// `dW[o, c, u, v] = Σ dy[n, o, i, j] · x[n, c, i · stride + u · dilation − padding, …]`.
private let weightGradientKernel = productKernel(
  "convolveWeightGradient",
  ProductPieces(
    depth: """
      int outputPixels = g.outputHeight * g.outputWidth;
        int pixel = p % outputPixels, image = p / outputPixels;
        d.aPlace = image * g.groups * g.outputs * outputPixels + pixel;
        d.place = image * g.groups * g.inputs * g.height * g.width;
        d.y = pixel / g.outputWidth * g.strideY - g.paddingY;
        d.x = pixel % g.outputWidth * g.strideX - g.paddingX;
      """,
    column: """
      int ofKernel = j % (g.kernelHeight * g.kernelWidth), channel = j / (g.kernelHeight * g.kernelWidth);
        c.place = channel * g.height * g.width;
        c.y = ofKernel / g.kernelWidth * g.dilationY;
        c.x = ofKernel % g.kernelWidth * g.dilationX;
      """,
    number: numberOfPicture))
