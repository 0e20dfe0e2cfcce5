import ArgumentParser

@main
struct RetrogradCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retrograd",
    abstract: "Automatic differentiation for people who want to see how it works.",
    subcommands: [
      Classify.self, Finetune.self, Evaluate.self, Report.self, Features.self, Explain.self,
      Slides.self, Sketch.self,
      Pretrain.self,
      WeightsCommand.self,
      GradientCheckCommand.self, Bench.self,
    ])
}
