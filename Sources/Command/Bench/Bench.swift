import ArgumentParser

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the speed, also side by side with other libraries.",
    discussion: """
      Cases have names, and the groups alexnet, operations and networks stand for all of theirs:

        retrograd bench --list
        retrograd bench forward-b1 networks
        retrograd bench operations --compare torch --python venv/bin/python
        retrograd bench --check

      `retrograd bench cases --help` lists the options. How much a second thread brings to operations of all \
      sizes is another measurement, `retrograd bench threads`.
      """,
    subcommands: [MeasureCases.self, BenchThreads.self],
    defaultSubcommand: MeasureCases.self)
}
