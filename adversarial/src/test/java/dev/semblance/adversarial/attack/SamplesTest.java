package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class SamplesTest {
  @Test
  void imagesOfASetKeepTheirRowsAndClasses() throws IOException {
    try (Scope scope = Scope.open();
        ImageSet set = DataSets.open("strokes", Split.TEST, DataOptions.defaults())) {
      Samples some = Samples.of(set, 7, 3, 20);
      assertThat(some.ids()).containsExactly(7, 3, 20);
      assertThat(Ops.toLongs(some.labels()))
          .containsExactly(set.label(7), set.label(3), set.label(20));
      double[] bytes = Ops.toDoubles(set.images(3));
      double[] values = Ops.toDoubles(some.images().select(0, 1));
      assertThat(bytes).contains(255);
      for (int k = 0; k < bytes.length; k++) {
        assertThat(values[k]).isEqualTo((float) bytes[k] / 255);
      }
      Samples all = Samples.of(set);
      assertThat(all.size()).isEqualTo(set.size());
      assertThat(Ops.toDoubles(all.images().select(0, 3))).isEqualTo(values);
    }
  }
}
