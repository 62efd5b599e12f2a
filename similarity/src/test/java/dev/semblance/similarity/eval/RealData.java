package dev.semblance.similarity.eval;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import java.io.IOException;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Raw pixels as embeddings: float64, so that squared distances are exact integers. */
record RealData(Tensor pixels, int[] labels) {
  static RealData faces(Split split) throws IOException {
    try (ImageSet faces = DataSets.open("orl-faces", split, DataOptions.defaults())) {
      long[] rows = LongStream.range(0, faces.size()).toArray();
      return new RealData(
          faces.images(rows).view(rows.length, -1).to(ScalarType.Double), faces.labels());
    }
  }
}
