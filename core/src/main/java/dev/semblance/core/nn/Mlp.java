package dev.semblance.core.nn;

import dev.semblance.core.tensor.Check;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Linear maps with ReLU between them, over vectors or flattened images.
 *
 * <p>The features are the last hidden layer, the head is the last linear map. Without hidden layers
 * the features are the input itself.
 */
public final class Mlp implements Layered {
  private final Config config;
  private final Weights weights;
  private final List<Linear> hidden = new ArrayList<>();
  private final Linear head;

  /**
   * The widths of the layers.
   *
   * @param inputs values of an item after flattening
   * @param hidden widths of the hidden layers, may be empty
   * @param outputs of the head
   */
  public record Config(int inputs, List<Integer> hidden, int outputs) implements Architecture {
    public Config {
      Check.atLeast("inputs", inputs, 1);
      hidden.forEach(width -> Check.atLeast("hidden width", width, 1));
      Check.atLeast("outputs", outputs, 1);
      hidden = List.copyOf(hidden);
    }

    @Override
    public Mlp build(long seed) {
      return new Mlp(this, seed);
    }
  }

  private Mlp(Config config, long seed) {
    this.config = config;
    this.weights = new Weights(seed);
    int in = config.inputs;
    for (int i = 0; i < config.hidden.size(); i++) {
      hidden.add(Linear.of(weights, "hidden" + i, in, config.hidden.get(i)));
      in = config.hidden.get(i);
    }
    this.head = Linear.of(weights, "head", in, config.outputs);
  }

  @Override
  public Config architecture() {
    return config;
  }

  @Override
  public Weights weights() {
    return weights;
  }

  @Override
  public int featureWidth() {
    return config.hidden.isEmpty() ? config.inputs : config.hidden.getLast();
  }

  @Override
  public Tensor features(Tensor input, Mode mode) {
    Tensor h = input.flatten(1, -1);
    for (Linear layer : hidden) {
      h = layer.apply(h).relu();
    }
    return h;
  }

  @Override
  public Tensor forward(Tensor input, Mode mode) {
    return head.apply(features(input, mode));
  }

  @Override
  public List<Layer> layers() {
    List<Layer> layers = new ArrayList<>();
    layers.add(new Flatten());
    for (Linear layer : hidden) {
      layers.add(layer);
      layers.add(new Relu());
    }
    layers.add(head);
    return List.copyOf(layers);
  }
}
