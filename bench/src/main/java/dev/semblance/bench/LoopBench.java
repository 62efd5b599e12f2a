package dev.semblance.bench;

import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Shuffled;
import dev.semblance.core.data.Split;
import dev.semblance.core.data.synthetic.Strokes;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.SmallCnn;
import dev.semblance.core.tensor.NativeRuntime;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.BatchSource;
import dev.semblance.core.train.Checkpoint;
import dev.semblance.core.train.Learner;
import dev.semblance.core.train.Listener;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.Training;
import dev.semblance.core.train.Update;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What the training loop costs over the same operations written straight against the binding:
 * blocks of steps in turn, the ratio of each pair of blocks. With an argument {@code memory}
 * instead: resident memory over 10,000 steps.
 */
public final class LoopBench {
  private static final int BLOCK = 20;
  private static final int BATCH = 128;

  private LoopBench() {}

  /**
   * Arguments: pairs of blocks (default 15), or {@code memory} and the number of steps (default
   * 10,000).
   */
  public static void main(String[] args) throws IOException {
    if (args.length > 0 && args[0].equals("memory")) {
      memory(args.length > 1 ? Integer.parseInt(args[1]) : 10_000);
      return;
    }
    int pairs = args.length > 0 ? Integer.parseInt(args[0]) : 15;
    Path folder = Files.createTempDirectory("loop-bench");
    try (ImageSet set = Strokes.images(4096, Split.TRAIN, 0);
        SmallCnn ours = SmallCnn.Config.of().build(0);
        SmallCnn theirs = SmallCnn.Config.of().build(0)) {
      Shuffled sampler = Shuffled.of(set.size(), BATCH, 0);
      try (Classifier learner = new Classifier(ours)) {
        Straight straight = new Straight(theirs, set, sampler);
        double[] loop = new double[pairs];
        double[] direct = new double[pairs];
        double[] ratio = new double[pairs];
        Checkpoint.Position position = Checkpoint.Position.start();
        for (int i = -2; i < pairs; i++) {
          long start = System.nanoTime();
          position = loop(set, sampler, learner, folder, position);
          double a = (System.nanoTime() - start) * 1e-9;
          start = System.nanoTime();
          straight.block();
          double b = (System.nanoTime() - start) * 1e-9;
          if (i >= 0) {
            loop[i] = a / BLOCK;
            direct[i] = b / BLOCK;
            ratio[i] = a / b;
          }
        }
        Measure.print("training loop, a step", "ms", 1e3, loop);
        Measure.print("straight against the binding, a step", "ms", 1e3, direct);
        Measure.print("ratio of pairs (at most 1.03)", "", 1, ratio);
      }
    }
  }

  private static Checkpoint.Position loop(
      ImageSet set, Shuffled sampler, Learner learner, Path folder, Checkpoint.Position from)
      throws IOException {
    // The last step of a plan writes a checkpoint; the block ends one step before it.
    Training.Plan plan = new Training.Plan(from.step() + BLOCK + 1, 0, Long.MAX_VALUE, null);
    Checkpoint.Position[] reached = {from};
    try {
      new Training(plan, BatchSource.of(set, sampler), learner, null, folder)
          .listen(
              new Listener() {
                @Override
                public void onStep(long step, StepReport report, double seconds) {
                  if (step + 1 == from.step() + BLOCK) {
                    reached[0] =
                        new Checkpoint.Position(
                            step + 1, from.best(), from.bestStep(), 0, seconds, false);
                    throw new EndOfBlock();
                  }
                }
              })
          .run(from);
    } catch (EndOfBlock end) {
      return reached[0];
    }
    throw new IllegalStateException("the block did not end");
  }

  private static final class EndOfBlock extends RuntimeException {
    private static final long serialVersionUID = 1L;

    EndOfBlock() {
      super("end of block", null, false, false);
    }
  }

  private static void memory(int steps) throws IOException {
    try (ImageSet set = Strokes.images(2048, Split.TRAIN, 0);
        SmallCnn net = SmallCnn.Config.of().build(0);
        Classifier learner = new Classifier(net)) {
      Shuffled sampler = Shuffled.of(set.size(), 16, 0);
      Path folder = Files.createTempDirectory("loop-bench");
      long[] after = new long[11];
      new Training(
              new Training.Plan(steps, 0, Long.MAX_VALUE, null),
              BatchSource.of(set, sampler),
              learner,
              null,
              folder)
          .listen(
              new Listener() {
                @Override
                public void onStep(long step, StepReport report, double seconds) {
                  if ((step + 1) % (steps / 10) == 0) {
                    int i = (int) ((step + 1) / (steps / 10));
                    after[i] = NativeRuntime.residentBytes();
                    System.out.printf(
                        "resident after %,8d steps  %,7d MiB%n", step + 1, after[i] >> 20);
                  }
                }
              })
          .run(Checkpoint.Position.start());
      System.out.printf(
          "growth from a tenth of the run to its end  %d MiB%n", (after[10] - after[1]) >> 20);
    }
  }

  /** The learner under the loop. */
  private static final class Classifier implements Learner {
    private final SmallCnn net;
    private final Update update;

    Classifier(SmallCnn net) {
      this.net = net;
      this.update =
          new Update(
              net.weights().parameters(),
              new Update.Config(
                  Optimizer.Adam.of(1e-3), new Schedule.Constant(), Double.POSITIVE_INFINITY),
              1_000_000);
    }

    @Override
    public StepReport step(Batch batch) {
      Tensor x = batch.images().to(ScalarType.Float).div(Ops.scalar(255));
      Tensor loss = torch.cross_entropy_loss(net.forward(x, Mode.TRAINING), batch.labels());
      loss.backward();
      update.apply(batch.step());
      return new StepReport(loss.item_double(), batch.size(), List.of());
    }

    @Override
    public Map<String, Tensor> state() {
      return net.weights().all();
    }

    @Override
    public void close() {
      update.close();
    }
  }

  /**
   * The same operations with nothing of ours between them and the binding, except the fused Adam
   * call.
   */
  private static final class Straight {
    private final SmallCnn net;
    private final Tensor pixels;
    private final Tensor labels;
    private final Shuffled sampler;
    private final Optimizer.State adam;
    private long step;

    Straight(SmallCnn net, ImageSet set, Shuffled sampler) {
      this.net = net;
      this.sampler = sampler;
      this.adam = Optimizer.Adam.of(1e-3).over(net.weights().parameters());
      long[] all = new long[set.size()];
      long[] classes = new long[set.size()];
      for (int i = 0; i < all.length; i++) {
        all[i] = i;
        classes[i] = set.label(i);
      }
      this.pixels = Scope.own(set.images(all));
      this.labels = Scope.own(Ops.longs(classes));
    }

    void block() {
      for (int i = 0; i < BLOCK; i++) {
        try (PointerScope scope = new PointerScope()) {
          Tensor rows = Tensor.create(sampler.batch(step++), BATCH);
          Tensor x = pixels.index_select(0, rows).to(ScalarType.Float).div(new Scalar(255.0));
          Tensor y = labels.index_select(0, rows);
          Tensor loss = torch.cross_entropy_loss(net.forward(x, Mode.TRAINING), y);
          loss.backward();
          adam.apply(1e-3);
          double value = loss.item_double();
          if (Double.isNaN(value)) {
            throw new IllegalStateException("diverged");
          }
        }
      }
    }
  }
}
