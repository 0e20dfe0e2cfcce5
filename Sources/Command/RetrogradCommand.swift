import ArgumentParser
import Retrograd
import RetrogradCommandLine

@main
struct RetrogradCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retrograd",
    abstract: "Automatic differentiation for people who want to see how it works.",
    discussion: ExitStatus.help,
    version: retrogradVersion,
    subcommands: [
      Classify.self, Finetune.self, Evaluate.self, Report.self, Features.self, Explain.self,
      Slides.self, Sketch.self, Devices.self, Doctor.self,
      Pretrain.self,
      WeightsCommand.self,
      GradientCheckCommand.self, Bench.self,
    ])

  static func main() { runProgram() }
}
