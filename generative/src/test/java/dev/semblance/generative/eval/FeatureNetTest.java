package dev.semblance.generative.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Embedder;
import dev.semblance.core.nn.Mlp;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class FeatureNetTest {
  private static final ImageShape SHAPE = new ImageShape(1, 3, 3);

  private static Model model(Net net) {
    return new Model(net, Preprocessing.of(SHAPE), List.of("a", "b"), Map.of());
  }

  private static Tensor images(int n) {
    Rng rng = Rng.of(5, Rng.Purpose.SYNTHETIC);
    byte[] bytes = new byte[n * 9];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) rng.nextInt();
    }
    return Ops.bytes(bytes, n, 1, 3, 3);
  }

  @Test
  void features_and_classes_are_those_of_the_net_over_several_parts() {
    try (Model model = model(new Mlp.Config(9, List.of(6), 2).build(1));
        Scope scope = Scope.open()) {
      Tensor images = images(1203);
      FeatureNet net = FeatureNet.of(model, "toy");
      Tensor input = model.preprocessing().apply(images);
      Tensor features = net.features(images);
      assertThat(net.width()).isEqualTo(6);
      assertThat(
              torch.allclose(
                  features.to(torch.ScalarType.Float), model.net().features(input, Mode.INFERENCE)))
          .isTrue();
      assertThat(features.scalar_type().intern()).isEqualTo(torch.ScalarType.Double);
      assertThat(features.requires_grad()).isFalse();
      assertThat(net.classes(images))
          .isEqualTo(
              Ops.toLongs(
                  model.net().forward(input, Mode.INFERENCE).argmax(new LongOptional(1), false)));
    }
  }

  @Test
  void every_number_carries_net_digest_layer_and_n() {
    try (Model one = model(new Mlp.Config(9, List.of(6), 2).build(1));
        Model same = model(new Mlp.Config(9, List.of(6), 2).build(1));
        Model other = model(new Mlp.Config(9, List.of(6), 2).build(2))) {
      FeatureNet net = FeatureNet.of(one, "toy");
      assertThat(net.label("FD", 10_000))
          .isEqualTo("FD[toy, " + net.digest() + ", features/6, 10000]");
      assertThat(net.digest()).matches("[0-9a-f]{8}");
      assertThat(FeatureNet.of(same, "toy").digest()).isEqualTo(net.digest());
      assertThat(FeatureNet.of(other, "toy").digest()).isNotEqualTo(net.digest());
    }
  }

  @Test
  void an_embedder_has_features_and_no_classes() {
    try (Model model =
            model(new Embedder.Config(new Mlp.Config(9, List.of(6), 2), 4, false).build(1));
        Scope scope = Scope.open()) {
      FeatureNet net = FeatureNet.of(model, "embedder");
      assertThat(net.classifies()).isFalse();
      assertThat(net.features(images(2)).size(1)).isEqualTo(net.width());
      assertThatIllegalStateException()
          .isThrownBy(() -> net.classes(images(2)))
          .withMessageContaining("embedder is no classifier");
    }
  }
}
