import RetrogradAutograd
import RetrogradTensors

extension OperationTable {
  static let picking: [String: Function] = [
    "gather": { x, a in gather(x[0], IntTensor(a.indices!), axis: a.axis!) },
    "scatterAdd": { x, a in
      scatterAdd(x[0], IntTensor(a.indices!), into: a.shape!, axis: a.axis!)
    },
    "indexSelect": { x, a in x[0].indexSelect(IntTensor(a.indices!), axis: a.axis!) },
    "embedding": { x, a in
      embedding(IntTensor(a.indices!), x[0], paddingIndex: a.paddingIndex)
    },
    "topK": { x, a in x[0].topK(Int(a.k!), axis: a.axis ?? -1, largest: a.largest ?? true).values },
  ]
}
