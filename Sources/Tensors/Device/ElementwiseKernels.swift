import RetrogradDevices

// One work item for each element of the result.

extension OpenDevice {
  /// `f` of each element.
  func mapped<F: UnaryFunction>(_ x: Tensor, _ f: F) -> Tensor? {
    attempt(F.kernel) { () throws(DeviceError) in
      let y = try output(x.shape)
      var numbers = f.numbers.map { KernelArgument.float(Float($0)) }
      while numbers.count < 2 { numbers.append(.float(0)) }
      try call(
        mapKernel(F.kernel), input(x) + target(y) + [.int(y.count)] + numbers,
        WorkSize(count: y.count))
      return y
    }
  }

  /// `f` of each pair of elements of two tensors that broadcast to `shape`.
  func combined<F: BinaryFunction>(_ a: Tensor, _ b: Tensor, _ f: F, shape: [Int]) -> Tensor? {
    let plan = BroadcastPlan(a.shape, b.shape, to: shape)
    if plan.extents.count > 6 { return nil }
    return attempt(F.kernel) { () throws(DeviceError) in
      let z = try output(shape)
      try call(
        combineKernel(F.kernel),
        input(a) + input(b) + target(z) + [.int(z.count), .ints(plan.kernelAxes)],
        WorkSize(count: z.count))
      return z
    }
  }

  /// A tensor whose elements are all equal.
  func filled(_ shape: [Int], _ scalar: Double) -> Tensor? {
    attempt("fill") { () throws(DeviceError) in
      let y = try output(shape)
      try call(
        fillKernel, target(y) + [.int(y.count), .float(Float(scalar))], WorkSize(count: y.count))
      return y
    }
  }

  /// Elements of `a` where `condition` is not 0, otherwise of `b`; all of one shape.
  func selected(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor? {
    attempt("select") { () throws(DeviceError) in
      let y = try output(a.shape)
      try call(
        selectKernel, input(condition) + input(a) + input(b) + target(y) + [.int(y.count)],
        WorkSize(count: y.count))
      return y
    }
  }

  /// Returns for each tensor whether no element is infinite or not a number. The numbers of all of them are on their way
  /// before the first is waited for.
  func areFinite(_ tensors: [Tensor]) -> [Bool]? {
    var largest: [Tensor] = []
    for x in tensors {
      guard x.count > 0, computingDevice(x) != nil, let failures = mapped(x, IsNotFinite()) else {
        return nil
      }
      largest.append(failures.amax().reshaped([1]))
    }
    return largest.isEmpty ? [] : concatenate(largest).scalars.map { $0 == 0 }
  }

  /// One step of gradient descent: the parameter after it, and the velocity if there is one.
  func descended(
    _ parameter: Tensor, _ gradient: Tensor, _ velocity: Tensor?, rate: Double, decay: Double,
    keep: Double, own: Double, ahead: Double
  ) -> (parameter: Tensor, velocity: Tensor?)? {
    attempt("SGD") { () throws(DeviceError) in
      let (count, size) = (parameter.count, WorkSize(count: parameter.count))
      let newParameter = try output(parameter.shape)
      func numbers(_ numbers: [Double]) -> [KernelArgument] { numbers.map { .float(Float($0)) } }
      guard let velocity else {
        try call(
          descendKernel,
          input(parameter) + input(gradient) + target(newParameter) + [.int(count)]
            + numbers([rate, decay]), size)
        return (newParameter, nil)
      }
      let newVelocity = try output(parameter.shape)
      try call(
        descendWithVelocityKernel,
        input(parameter) + input(gradient) + input(velocity) + target(newParameter)
          + target(newVelocity) + [.int(count)] + numbers([rate, decay, keep, own, ahead]), size)
      return (newParameter, newVelocity)
    }
  }

  /// One step of Adam: the parameter, and the running means of its gradient and of the gradient's square.
  func adapted(
    _ parameter: Tensor, _ gradient: Tensor, mean: Tensor, meanSquare: Tensor, numbers: [Double]
  ) -> (parameter: Tensor, mean: Tensor, meanSquare: Tensor)? {
    attempt("Adam") { () throws(DeviceError) in
      let p = try output(parameter.shape)
      let m = try output(parameter.shape)
      let v = try output(parameter.shape)
      try call(
        adamKernel,
        input(parameter) + input(gradient) + input(mean) + input(meanSquare) + target(p) + target(m)
          + target(v) + [.int(p.count)] + numbers.map { .float(Float($0)) },
        WorkSize(count: p.count))
      return (p, m, v)
    }
  }
}

private struct IsNotFinite: UnaryFunction {
  static let kernel = "isfinite(x) ? 0 : 1"
  func callAsFunction<T: Scalar>(_ x: T) -> T { x.isFinite ? 0 : 1 }
}

extension BroadcastPlan {
  /// The plan as the kernels take it: the number of axes, their extents, the strides of both operands.
  fileprivate var kernelAxes: [Int32] {
    func six(_ numbers: [Int]) -> [Int32] {
      numbers.map(Int32.init) + [Int32](repeating: 0, count: 6 - numbers.count)
    }
    return [Int32(extents.count)] + six(extents) + six(strides.map(\.a)) + six(strides.map(\.b))
  }
}

/// An expression as the body of a function that returns it.
private func body(_ kernel: String) -> String {
  kernel.contains("return") ? kernel : "return \(kernel);"
}

/// `y[i] = f(x[i])`, with the numbers `a` and `b` of the function.
private func mapKernel(_ function: String) -> Kernel {
  Kernel(
    "map", name: function,
    text: kernelPrelude + """
      // OpenCL's own may stop short of 1.
      float exactTanh(float x) {
        float m = expm1(-2 * fabs(x));
        return copysign(-m / (2 + m), x);
      }

      float f(float x, float a, float b) {
        \(body(function))
      }

      KERNEL map(READ x, int xStart, WRITE y, int count, float a, float b) {
        int i = ITEM;
        if (i < count) y[i] = f(x[xStart + i], a, b);
      }
      """)
}

/// `z[i, j, …] = f(x[i, j, …], y[i, j, …])`, where an operand that is repeated along an axis has stride 0 there.
private func combineKernel(_ function: String) -> Kernel {
  Kernel(
    "combine", name: function,
    text: kernelPrelude + """
      float f(float x, float y) {
        \(body(function))
      }

      typedef struct { int rank, extent[6], xStride[6], yStride[6]; } Axes;

      KERNEL combine(READ x, int xStart, READ y, int yStart, WRITE z, int count, Axes axes) {
        int i = ITEM;
        if (i >= count) return;
        int rest = i;
        for (int axis = axes.rank - 1; axis > 0; axis--) {
          int index = rest % axes.extent[axis];
          rest /= axes.extent[axis];
          xStart += index * axes.xStride[axis];
          yStart += index * axes.yStride[axis];
        }
        z[i] = f(x[xStart + rest * axes.xStride[0]], y[yStart + rest * axes.yStride[0]]);
      }
      """)
}

private let selectKernel = Kernel(
  "choose",
  text: kernelPrelude + """
    KERNEL choose(READ choice, int choiceStart, READ a, int aStart, READ b, int bStart, WRITE y, int count) {
      int i = ITEM;
      if (i < count) y[i] = choice[choiceStart + i] == 0 ? b[bStart + i] : a[aStart + i];
    }
    """)

/// `s = g + decay · p`, and without a velocity `p ← p − rate · s`.
private let descendKernel = Kernel(
  "descend",
  text: kernelPrelude + """
    KERNEL descend(READ p, int pStart, READ g, int gStart, WRITE newP, int count, float rate,
                   float decay) {
      int i = ITEM;
      if (i >= count) return;
      float parameter = p[pStart + i];
      newP[i] = parameter - rate * (g[gStart + i] + decay * parameter);
    }
    """)

/// `s = g + decay · p`, `v ← keep · v + s`, `p ← p − rate · (own · s + ahead · v)`.
private let descendWithVelocityKernel = Kernel(
  "descendWithVelocity",
  text: kernelPrelude + """
    KERNEL descendWithVelocity(READ p, int pStart, READ g, int gStart, READ v, int vStart, WRITE newP,
                               WRITE newV, int count, float rate, float decay, float keep, float own,
                               float ahead) {
      int i = ITEM;
      if (i >= count) return;
      float parameter = p[pStart + i];
      float slope = g[gStart + i] + decay * parameter;
      float velocity = keep * v[vStart + i] + slope;
      newV[i] = velocity;
      newP[i] = parameter - rate * (own * slope + ahead * velocity);
    }
    """)

/// `p ← kept · p`, `s = g + decay · p`, `m ← β₁ · m + (1 − β₁) · s`, `v ← β₂ · v + (1 − β₂) · s²`,
/// `p ← p − rate · m / (√v / root + epsilon)`: `retrograd_adam_step`.
private let adamKernel = Kernel(
  "adam",
  text: kernelPrelude + """
    KERNEL adam(READ p, int pStart, READ g, int gStart, READ m, int mStart, READ v, int vStart,
                WRITE newP, WRITE newM, WRITE newV, int count, float keepMean, float newMean,
                float keepSquare, float newSquare, float rate, float root, float epsilon, float decay,
                float kept) {
      int i = ITEM;
      if (i >= count) return;
      float parameter = kept * p[pStart + i];
      float slope = g[gStart + i] + decay * parameter;
      float mean = keepMean * m[mStart + i] + newMean * slope;
      float square = keepSquare * v[vStart + i] + newSquare * slope * slope;
      newM[i] = mean;
      newV[i] = square;
      newP[i] = parameter - rate * mean / (sqrt(square) / root + epsilon);
    }
    """)
