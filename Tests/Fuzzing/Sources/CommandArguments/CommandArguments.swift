/// Makes other words the arguments of this process, which Swift 6 does not let anybody do.
public func setCommandArguments(_ arguments: [String]) {
  let setter: any Setter.Type = ArgumentSetter.self
  setter.set(arguments)
}

/// Calls through a protocol are not warned of.
private protocol Setter {
  static func set(_ arguments: [String])
}

private enum ArgumentSetter: Setter {
  @available(*, deprecated)
  static func set(_ arguments: [String]) { CommandLine.arguments = arguments }
}
