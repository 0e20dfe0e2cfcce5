import RetrogradFiles
import RetrogradImages
import Testing

extension Fixtures {
  /// Indicates whether PNG files can be read: whether libpng was there when this was built, and is now.
  public static let hasPNG = isSupported("pictures/rgb.png")
  /// Indicates whether JPEG files can be read.
  public static let hasJPEG = isSupported("pictures/rgb.jpg")

  /// Any other error than that of a missing library is for the tests to find.
  private static func isSupported(_ name: String) -> Bool {
    do throws(FileError) {
      _ = try Picture.read(url(name))
      return true
    } catch {
      return error.kind != .unsupported
    }
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips tests that read or write PNG files where libpng is missing, and says so.
  public static var needsPNG: Self { .enabled(if: Fixtures.hasPNG, "libpng is missing") }
  /// Skips tests that read JPEG files where libjpeg is missing, and says so.
  public static var needsJPEG: Self { .enabled(if: Fixtures.hasJPEG, "libjpeg is missing") }
}
