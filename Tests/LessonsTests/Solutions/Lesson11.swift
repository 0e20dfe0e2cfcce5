import LessonKit
import Retrograd

@testable import lesson11

func activationKernel() throws -> String {
  """
  kernel void activation(global const float *x, global float *y, int count, float slope) {
    int i = get_global_id(0);
    if (i < count) y[i] = x[i] > 0 ? x[i] : slope * x[i];
  }
  """
}

func groups(for count: Int, size: Int) throws -> Int { (count + size - 1) / size }

func productKernel() throws -> String {
  """
  kernel void product(global const float *a, global const float *b, global float *c, int rows, int inner, int columns) {
    local float aTile[8][8], bTile[8][8];
    int x = get_local_id(0), y = get_local_id(1);
    int row = get_group_id(1) * 8 + y, column = get_group_id(0) * 8 + x;
    float sum = 0;
    for (int first = 0; first < inner; first += 8) {
      aTile[y][x] = row < rows && first + x < inner ? a[row * inner + first + x] : 0;
      bTile[y][x] = first + y < inner && column < columns ? b[(first + y) * columns + column] : 0;
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int p = 0; p < 8; p++) sum += aTile[y][p] * bTile[p][x];
      barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (row < rows && column < columns) c[row * columns + column] = sum;
  }
  """
}

func readsPerProduct(tile: Int) throws -> Double { 2 / Double(tile) }

func operationsToPay(bandwidth: Double, card: Double, processor: Double) throws -> Double {
  card > processor ? 1 / (bandwidth * (1 / processor - 1 / card)) : .infinity
}
