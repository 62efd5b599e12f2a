package dev.semblance.bench;

import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.Pretrained;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What working sample by sample saves: PGD-40 through the engine against the plain loop that gives
 * every image all of its steps, on the same net, images, starts and kernels, in turn.
 */
public final class AttackBench {
  private static final int ROWS = 128;
  private static final int STEPS = 40;

  private AttackBench() {}

  /** Arguments: FILE.safetensors, DATA, number of images (1,024), pairs of runs (3). */
  public static void main(String[] args) throws IOException {
    if (args.length < 2) {
      System.err.println("usage: AttackBench FILE.safetensors DATA [IMAGES [PAIRS]]");
      System.exit(2);
    }
    int n = args.length > 2 ? Integer.parseInt(args[2]) : 1024;
    int pairs = args.length > 3 ? Integer.parseInt(args[3]) : 3;
    try (Model model = Pretrained.open(Path.of(args[0]));
        NetClassifier classifier = NetClassifier.of(model);
        ImageSet set =
            DataSets.open(
                args[1],
                Split.TEST,
                DataOptions.defaults().withShape(model.preprocessing().shape()));
        Scope scope = Scope.open()) {
      Samples samples = samples(set, n);
      for (double radius : new double[] {0.1, 0.3}) {
        projected(classifier, samples, Pgd.of(new Ball(Norm.LINF, radius), STEPS, 1), pairs);
      }
    }
  }

  private static Samples samples(ImageSet set, int n) {
    long[] rows = new long[n];
    long[] labels = new long[n];
    for (int i = 0; i < n; i++) {
      rows[i] = (long) i * set.size() / n;
      labels[i] = set.label((int) rows[i]);
    }
    Tensor images = set.images(rows).to(ScalarType.Float).div(Ops.scalar(255));
    return new Samples(images, Ops.longs(labels, n), rows);
  }

  private static void projected(NetClassifier model, Samples samples, Pgd attack, int pairs) {
    int n = samples.size();
    double[] engine = new double[pairs];
    double[] loop = new double[pairs];
    double[] ratio = new double[pairs];
    for (int p = -1; p < pairs; p++) {
      try (Scope scope = Scope.open()) {
        long start = System.nanoTime();
        AttackResult result = new Engine(ROWS).run(attack, model, samples, new Misclassify());
        double a = (System.nanoTime() - start) * 1e-9;
        start = System.nanoTime();
        long standing = plain(model, samples, attack);
        double b = (System.nanoTime() - start) * 1e-9;
        if (p < 0) {
          System.out.printf(
              Locale.ROOT,
              "PGD-%d linf %.1f: engine %d of %d stand, %d forward and %d backward rows; plain loop"
                  + " %d stand, %d and %d rows%n",
              STEPS,
              attack.ball().radius(),
              result.robust(),
              n,
              result.total(Outcome::forwards),
              result.total(Outcome::backwards),
              standing,
              (long) n * (STEPS + 1),
              (long) n * STEPS);
        } else {
          engine[p] = a;
          loop[p] = b;
          ratio[p] = b / a;
        }
      }
    }
    Measure.printRate("  engine", "images/s", n, engine);
    Measure.printRate("  plain loop", "images/s", n, loop);
    Measure.print("  ratio of pairs (at least 8)", "", 1, ratio);
  }

  /** Every image gets all steps; fooled counts at any of them, as the engine does. */
  private static long plain(NetClassifier model, Samples samples, Pgd attack) {
    long standing = 0;
    Ball ball = attack.ball();
    for (int from = 0; from < samples.size(); from += ROWS) {
      int m = Math.min(ROWS, samples.size() - from);
      try (Scope batch = Scope.open()) {
        Tensor x = samples.images().narrow(0, from, m);
        Tensor y = samples.labels().narrow(0, from, m);
        long[] ids = new long[m];
        System.arraycopy(samples.ids(), from, ids, 0, m);
        Tensor point =
            batch.keep(ball.norm().random(x, ball.radii(m), model.box(), attack.seed(), ids, 0));
        Tensor stands =
            Ops.withoutGradient(() -> model.logits(x)).argmax(new LongOptional(1), false).eq(y);
        for (int step = 0; step < STEPS; step++) {
          try (Scope scope = Scope.open()) {
            Tensor z = point.detach().requires_grad_(true);
            Tensor logits = model.logits(z);
            stands.logical_and_(logits.detach().argmax(new LongOptional(1), false).eq(y));
            Tensor loss = torch.cross_entropy_loss(logits, y).mul(Ops.scalar(m));
            Tensor gradient = torch.grad(new TensorVector(loss), new TensorVector(z)).get(0);
            Tensor moved = torch.add(z.detach(), gradient.sign(), Ops.scalar(attack.stepSize()));
            point.copy_(ball.project(moved, x, model.box()));
          }
        }
        stands.logical_and_(
            Ops.withoutGradient(() -> model.logits(point))
                .argmax(new LongOptional(1), false)
                .eq(y));
        standing += stands.sum().item_long();
      }
    }
    return standing;
  }
}
