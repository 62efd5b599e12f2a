package dev.semblance.app;

import dev.semblance.app.report.Guess;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What a model says of images, batch by batch. */
final class Answers {
  private static final int BATCH = 128;

  private Answers() {}

  /** The likeliest class of each image, [n]. */
  static long[] classes(View model, Tensor images) {
    int n = Math.toIntExact(images.size(0));
    long[] classes = new long[n];
    for (int first = 0; first < n; first += BATCH) {
      try (Scope scope = Scope.open()) {
        Tensor logits = logits(model, images, first);
        long[] some = Ops.toLongs(torch.argmax(logits, new LongOptional(1), false));
        System.arraycopy(some, 0, classes, first, some.length);
      }
    }
    return classes;
  }

  /** The {@code most} likeliest classes of each image with their probabilities. */
  static List<List<Guess>> guesses(View model, Tensor images, int most, List<String> classNames) {
    List<List<Guess>> all = new ArrayList<>();
    int k = model.sure() ? Math.min(most, classNames.size()) : 1;
    for (int first = 0; first < images.size(0); first += BATCH) {
      try (Scope scope = Scope.open()) {
        Tensor sure = logits(model, images, first).to(ScalarType.Double).softmax(1);
        var best = torch.topk(sure, k, 1, true, true);
        double[] probabilities = Ops.toDoubles(best.get0());
        long[] classes = Ops.toLongs(best.get1());
        for (int row = 0; row < sure.size(0); row++) {
          List<Guess> guesses = new ArrayList<>();
          for (int i = row * k; i < (row + 1) * k; i++) {
            guesses.add(
                new Guess(
                    classNames.get((int) classes[i]),
                    model.sure() ? probabilities[i] : Double.NaN));
          }
          all.add(guesses);
        }
      }
    }
    return all;
  }

  private static Tensor logits(View model, Tensor images, int first) {
    long count = Math.min(BATCH, images.size(0) - first);
    return model.logits().apply(images.narrow(0, first, count));
  }
}
