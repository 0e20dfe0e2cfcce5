import Foundation
import RetrogradTensors

/// The change of the learning rate in the course of training: a factor for each step.
public struct LearningRateSchedule: Codable, Equatable, Sendable, CustomStringConvertible {
  /// The course after the warm-up.
  public enum Course: Codable, Equatable, Sendable {
    /// Always the same.
    case constant
    /// Multiplied by a factor after so many steps, again and again (`torch.optim.lr_scheduler.StepLR`).
    case step(every: Int, factor: Double)
    /// Half a wave of the cosine from 1 down to a share of it (Loshchilov and Hutter, *SGDR*, 2017;
    /// `torch.optim.lr_scheduler.CosineAnnealingLR`).
    case cosine(to: Double)
    /// Multiplied by the same factor at each step, from 1 to a multiple or share of it
    /// (`torch.optim.lr_scheduler.ExponentialLR`): to try learning rates one after another.
    case exponential(to: Double)
  }

  /// The course after the warm-up.
  public let course: Course
  /// The number of steps at the beginning in which the rate grows evenly to its full size.
  public let warmUp: Int

  /// A schedule.
  ///
  /// - Parameters:
  ///   - course: The course after the warm-up.
  ///   - warmUp: The number of steps at the beginning in which the rate grows evenly.
  public init(_ course: Course = .constant, warmUp: Int = 0) {
    require(
      warmUp >= 0, "LearningRateSchedule: the warm-up must be at least 0 steps, got \(warmUp)")
    if case .step(let every, let factor) = course {
      require(
        every > 0 && factor > 0,
        "LearningRateSchedule: expects a number of steps and a factor above 0, got \(every) and "
          + "\(factor)")
    }
    if case .exponential(let end) = course {
      require(end > 0, "LearningRateSchedule: expects a factor above 0, got \(end)")
    }
    self.course = course
    self.warmUp = warmUp
  }

  /// The schedule in words.
  public var description: String {
    let words =
      switch course {
      case .constant: "constant"
      case .step(let every, let factor): "times \(factor) every \(every) steps"
      case .cosine(let share): "cosine, down to \(share)"
      case .exponential(let end): "exponential, to \(end) times the first"
      }
    return words + (warmUp > 0 ? ", after a warm-up of \(warmUp) steps" : "")
  }

  /// The factor for the learning rate at a step.
  ///
  /// - Parameters:
  ///   - step: From 0.
  ///   - total: The number of steps of the whole training.
  public func factor(at step: Int, of total: Int) -> Double {
    if step < warmUp { return Double(step + 1) / Double(warmUp) }
    let (place, length) = (Double(step - warmUp), Double(max(total - warmUp, 1)))
    switch course {
    case .constant: return 1
    case .step(let every, let factor): return pow(factor, Double((step - warmUp) / every))
    case .cosine(let end):
      return end + (1 - end) * 0.5 * (1 + cos(.pi * min(place / length, 1)))
    case .exponential(let end): return pow(end, min(place / length, 1))
    }
  }
}
