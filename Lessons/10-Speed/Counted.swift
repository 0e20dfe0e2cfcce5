/// A number that counts its multiplications.
nonisolated struct Counted {
  /// What it is.
  let value: Double
  /// How many multiplications have been made of numbers like this one.
  nonisolated(unsafe) static var multiplications = 0

  init(_ value: Double) { self.value = value }

  static func + (a: Counted, b: Counted) -> Counted { Counted(a.value + b.value) }
  static func - (a: Counted, b: Counted) -> Counted { Counted(a.value - b.value) }
  static func * (a: Counted, b: Double) -> Counted {
    multiplications += 1
    return Counted(a.value * b)
  }
  static func * (a: Double, b: Counted) -> Counted { b * a }
}
