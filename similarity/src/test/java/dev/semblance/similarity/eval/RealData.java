package dev.semblance.similarity.eval;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.data.Table;
import dev.semblance.core.tensor.Ops;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Raw values as embeddings: float64, so that squared distances of integers are exact. */
record RealData(Tensor rows, int[] labels) {
  static RealData faces(Split split) throws IOException {
    return faces(split, shot -> true);
  }

  /** The faces whose shot, 1..10, is wanted. */
  static RealData faces(Split split, IntPredicate wanted) throws IOException {
    try (ImageSet faces = DataSets.open("orl-faces", split, DataOptions.defaults())) {
      int[] rows =
          IntStream.range(0, faces.size())
              .filter(
                  row -> wanted.test(Integer.parseInt(faces.id(row).replaceAll(".*/|\\D+$", ""))))
              .toArray();
      long[] wide = Arrays.stream(rows).asLongStream().toArray();
      return new RealData(
          faces.images(wide).view(rows.length, -1).to(ScalarType.Double),
          Arrays.stream(rows).map(faces::label).toArray());
    }
  }

  static RealData table(String name, Split split) throws IOException {
    Table table = Table.open(name, split);
    double[] values = Arrays.stream(table.features()).flatMapToDouble(Arrays::stream).toArray();
    return new RealData(Ops.doubles(values, table.size(), table.dimension()), table.labels());
  }
}
