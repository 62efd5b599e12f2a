package dev.semblance.bench;

import dev.semblance.core.tensor.NativeRuntime;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.loss.LossResult;
import dev.semblance.similarity.loss.TripletLoss;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The semi-hard triplet loss with its gradient: time at batch 128, time and peak memory at 4,096;
 * width 64.
 */
public final class TripletBench {
  private TripletBench() {}

  /** No arguments. */
  public static void main(String[] args) throws InterruptedException {
    for (int batch : new int[] {128, 512, 4096}) {
      try (Scope scope = Scope.open()) {
        Tensor raw = torch.randn(batch, 64);
        Tensor unit = raw.div(raw.square().sum(1).sqrt().unsqueeze(1));
        long[] classes = new long[batch];
        Rng rng = Rng.of(0, Rng.Purpose.OTHER);
        for (int i = 0; i < batch; i++) {
          classes[i] = batch == 128 ? i / 16 : rng.below(64);
        }
        Tensor labels = Ops.longs(classes);
        TripletLoss loss = TripletLoss.of();
        long before = NativeRuntime.residentBytes();
        AtomicLong peak = new AtomicLong(before);
        Thread watch =
            Thread.ofPlatform()
                .daemon()
                .start(
                    () -> {
                      while (!Thread.currentThread().isInterrupted()) {
                        peak.accumulateAndGet(NativeRuntime.residentBytes(), Math::max);
                        try {
                          Thread.sleep(2);
                        } catch (InterruptedException e) {
                          return;
                        }
                      }
                    });
        LossResult[] last = new LossResult[1];
        double[] seconds =
            Measure.seconds(
                batch == 128 ? 2000 : 3,
                batch == 128 ? 2000 : batch == 512 ? 50 : 7,
                () -> {
                  try (Scope step = Scope.open()) {
                    last[0] = loss.of(unit, labels);
                  }
                });
        watch.interrupt();
        watch.join();
        Measure.print("semi-hard with gradient, batch " + batch, "ms", 1e3, seconds);
        System.out.printf(
            "  %,d active of %,d; resident memory at most +%d MiB%n",
            last[0].active(), last[0].valid(), (peak.get() - before) >> 20);
      }
    }
  }
}
