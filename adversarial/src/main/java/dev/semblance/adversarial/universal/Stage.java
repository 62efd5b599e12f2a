package dev.semblance.adversarial.universal;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.core.nn.Layer;
import dev.semblance.core.nn.Layered;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** What a model makes of images on its way to the logits. */
@FunctionalInterface
public interface Stage {
  /**
   * The values at this stage; differentiable, twice.
   *
   * @param images as the model takes them, [n, ...]
   * @return floating point [n, ...], row by row
   */
  Tensor of(Tensor images);

  /** The logits. */
  static Stage logits(Classifier model) {
    return model::logits;
  }

  /** The features below the head of a net. */
  static Stage features(Model model) {
    return images -> model.net().features(normalized(model, images), Mode.INFERENCE).flatten(1, -1);
  }

  /**
   * The values after the first {@code count} layers of a net that is a chain of layers.
   *
   * @param count 1 to the number of layers
   * @throws IllegalArgumentException for a net that is no chain
   */
  static Stage after(Model model, int count) {
    if (!(model.net() instanceof Layered chain)) {
      throw new IllegalArgumentException(
          "net must be a chain of layers to stop after one of them, got "
              + model.net().getClass().getSimpleName()
              + "; use its features or logits");
    }
    List<Layer> layers = chain.layers();
    Check.between("count", count, 1, layers.size());
    return images -> {
      Tensor h = normalized(model, images);
      for (Layer layer : layers.subList(0, count)) {
        h = layer.apply(h);
      }
      return h;
    };
  }

  private static Tensor normalized(Model model, Tensor images) {
    return model.preprocessing().normalize(images.mul(Ops.scalar(255)));
  }
}
