import RetrogradAutograd
import RetrogradTensors

extension Layer {
  /// The first layer that gives an infinite number or none while the network runs, as `features.0 (Conv2d)`.
  ///
  /// - Parameter body: Runs the network, or a part of it.
  /// - Returns: The innermost layer, the first in the order of ``namedLayers``; `nil` where all of them give
  ///   finite numbers.
  package func firstLayerNotFinite(in body: () -> Variable) -> String? {
    let layers = namedLayers.filter { !$0.path.isEmpty }
    let reader = ActivationReader(layers)
    _ = withoutGradients { LayerCall.run(self, reader: reader, givesOutput: false, body) }
    let failing = layers.filter { path, _ in
      reader.activations[path].map { !$0.value.isFinite } ?? false
    }
    let innermost = failing.first { path, _ in
      !failing.contains { isInside($0.path, path, strictly: true) }
    }
    return innermost.map { "\($0.path) (\($0.layer.typeName))" }
  }

  /// The first parameter or buffer that holds an infinite number or none; `nil` where all are finite.
  package var firstNumbersNotFinite: String? {
    placedParameters.first { !$0.variable.value.isFinite }?.name
      ?? placedBuffers.first { !$0.tensor.isFinite }?.name
  }
}
