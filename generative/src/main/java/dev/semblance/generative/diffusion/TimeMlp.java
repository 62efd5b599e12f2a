package dev.semblance.generative.diffusion;

import dev.semblance.core.nn.Dropout;
import dev.semblance.core.nn.Linear;
import dev.semblance.core.nn.TimeEmbedding;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Linear layers that know the time, for points and small vectors: {@code h = dropout(silu(W h + V
 * time))} for each width, then a linear map back to the input's size that begins at zero.
 *
 * @param embedding of time and class
 * @param layers of each width
 * @param times of the embedding, one for each layer
 * @param head to the input's size
 * @param dropout after each layer
 */
record TimeMlp(
    TimeEmbedding embedding,
    List<Linear> layers,
    List<Linear> times,
    Linear head,
    Dropout dropout) {
  private static final int SINES = 32;
  private static final int TIME_WIDTH = 64;

  static TimeMlp of(
      Weights weights, int inputs, List<Integer> widths, int classes, double dropout) {
    List<Linear> layers = new ArrayList<>();
    List<Linear> times = new ArrayList<>();
    int in = inputs;
    for (int i = 0; i < widths.size(); i++) {
      layers.add(Linear.of(weights, "layer" + i, in, widths.get(i)));
      times.add(Linear.of(weights, "layer" + i + ".time", TIME_WIDTH, widths.get(i)));
      in = widths.get(i);
    }
    return new TimeMlp(
        TimeEmbedding.of(weights, "time", SINES, TIME_WIDTH, classes),
        List.copyOf(layers),
        List.copyOf(times),
        new Linear(
            weights.constant("head.weight", 0, inputs, in),
            weights.constant("head.bias", 0, inputs)),
        new Dropout(dropout));
  }

  /** Of input's shape. */
  Tensor apply(Tensor input, Tensor time, @Nullable Tensor classes, Dropout.@Nullable Keys keys) {
    try (Scope scope = Scope.open()) {
      return scope.keep(head.apply(hidden(input, time, classes, keys)).view(input.shape()));
    }
  }

  /** The last hidden layer: [n, last width]. */
  Tensor hidden(Tensor input, Tensor time, @Nullable Tensor classes, Dropout.@Nullable Keys keys) {
    try (Scope scope = Scope.open()) {
      Tensor vector = embedding.apply(time, classes);
      Tensor h = input.flatten(1, -1);
      for (int i = 0; i < layers.size(); i++) {
        h = torch.silu(layers.get(i).apply(h).add(times.get(i).apply(vector)));
        h = dropout.apply(h, keys, i);
      }
      return scope.keep(h);
    }
  }
}
