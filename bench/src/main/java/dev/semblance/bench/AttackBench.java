package dev.semblance.bench;

import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.DeepFool;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.blackbox.OracleAttack;
import dev.semblance.adversarial.blackbox.Square;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What working sample by sample saves: PGD-40 through the engine against the plain loop that gives
 * every image all of its steps, on the same net, images, starts and kernels, in turn, by constant
 * steps and by halved ones; DeepFool against loops with one backward pass a class, image by image
 * and with batches; and what Square asks for an iteration.
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
        Ball ball = new Ball(Norm.LINF, radius);
        projected(classifier, samples, ball, pairs);
      }
      deepFool(classifier, samples(set, Math.min(n, ROWS)), pairs);
      square(classifier, samples(set, Math.min(n, ROWS)));
    }
  }

  private static Samples samples(ImageSet set, int n) {
    return Samples.of(set, LongStream.range(0, n).map(i -> i * set.size() / n).toArray());
  }

  private static void projected(NetClassifier model, Samples samples, Ball ball, int pairs) {
    Pgd[] rules = {Pgd.of(ball, STEPS, 1), Pgd.halving(ball, STEPS, 1)};
    int n = samples.size();
    double[][] engine = new double[rules.length][pairs];
    double[] loop = new double[pairs];
    double[][] ratio = new double[rules.length][pairs];
    for (int p = -1; p < pairs; p++) {
      double b = 0;
      for (int r = 0; r < rules.length; r++) {
        try (Scope scope = Scope.open()) {
          long start = System.nanoTime();
          AttackResult result = new Engine(ROWS).run(rules[r], model, samples, new Misclassify());
          double a = (System.nanoTime() - start) * 1e-9;
          if (p < 0) {
            told(rules[r], result, plain(model, samples, rules[r]));
            continue;
          }
          if (r == 0) {
            // An iteration costs the loop the same by either rule.
            start = System.nanoTime();
            plain(model, samples, rules[r]);
            b = (System.nanoTime() - start) * 1e-9;
            loop[p] = b;
          }
          engine[r][p] = a;
          ratio[r][p] = b / a;
        }
      }
    }
    Measure.printRate("  plain loop", "images/s", n, loop);
    for (int r = 0; r < rules.length; r++) {
      String rule = r == 0 ? "constant" : "halving";
      Measure.printRate("  engine, " + rule, "images/s", n, engine[r]);
      Measure.print("  ratio, " + rule + " (at least 8)", "", 1, ratio[r]);
    }
  }

  private static void told(Pgd attack, AttackResult result, long standing) {
    int n = result.outcomes().size();
    System.out.printf(
        Locale.ROOT,
        "PGD-%d %s, %s: engine %d of %d stand, %d forward and %d backward rows; plain loop %d"
            + " stand, %d and %d rows%n",
        STEPS,
        attack.ball(),
        attack.sizes(),
        result.robust(),
        n,
        result.total(Outcome::forwards),
        result.total(Outcome::backwards),
        standing,
        (long) n * (STEPS + 2),
        (long) n * STEPS);
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
            Tensor moved =
                torch.add(z.detach(), gradient.sign(), Ops.scalar(attack.sizes().at(step)));
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

  /** DeepFool in L2, ten classes. */
  private static void deepFool(NetClassifier model, Samples samples, int pairs) {
    int n = samples.size();
    DeepFool attack = DeepFool.of(Norm.L2);
    double[] engine = new double[pairs];
    double[] single = new double[pairs];
    double[] batched = new double[pairs];
    double[] overSingle = new double[pairs];
    double[] overBatched = new double[pairs];
    for (int p = -1; p < pairs; p++) {
      try (Scope scope = Scope.open()) {
        long start = System.nanoTime();
        AttackResult result = new Engine(ROWS).run(attack, model, samples, new Misclassify());
        double a = (System.nanoTime() - start) * 1e-9;
        start = System.nanoTime();
        double[] own = loop(model, samples, attack, 1);
        double b = (System.nanoTime() - start) * 1e-9;
        start = System.nanoTime();
        loop(model, samples, attack, n);
        double c = (System.nanoTime() - start) * 1e-9;
        if (p < 0) {
          System.out.printf(
              Locale.ROOT,
              "DeepFool l2: engine %d of %d stand, mean distance %.4f; loop image by image %.0f"
                  + " stand, mean distance %.4f%n",
              result.robust(),
              n,
              result.outcomes().stream()
                  .filter(Outcome::fooled)
                  .mapToDouble(Outcome::distance)
                  .average()
                  .orElse(Double.NaN),
              own[0],
              own[1]);
        } else {
          engine[p] = a;
          single[p] = b;
          batched[p] = c;
          overSingle[p] = b / a;
          overBatched[p] = c / a;
        }
      }
    }
    Measure.printRate("  engine", "images/s", n, engine);
    Measure.printRate("  image by image", "images/s", n, single);
    Measure.printRate("  batch, a pass a class", "images/s", n, batched);
    Measure.print("  ratio to image by image (>= 4)", "", 1, overSingle);
    Measure.print("  ratio to batch", "", 1, overBatched);
  }

  /**
   * The attack as it is usually written: as many images together, and nothing but whole steps for
   * all of them until the last is fooled.
   *
   * @return how many stand, and the mean distance of the others
   */
  private static double[] loop(
      NetClassifier model, Samples samples, DeepFool attack, int together) {
    double standing = 0;
    double distance = 0;
    double fooled = 0;
    for (int from = 0; from < samples.size(); from += together) {
      int m = Math.min(together, samples.size() - from);
      try (Scope batch = Scope.open()) {
        Tensor x = samples.images().narrow(0, from, m);
        Tensor y = samples.labels().narrow(0, from, m);
        Tensor clean = Ops.withoutGradient(() -> model.logits(x));
        Tensor right = clean.argmax(new LongOptional(1), false).eq(y);
        Tensor order = clean.argsort(1, true);
        Tensor sum = batch.keep(torch.zeros_like(x));
        Tensor stands = batch.keep(right.clone());
        for (int step = 0; step <= attack.steps() && stands.any().item_bool(); step++) {
          try (Scope scope = Scope.open()) {
            Tensor moved = model.box().clamp(torch.add(x, sum, Ops.scalar(1 + attack.overshoot())));
            Tensor z = moved.detach().requires_grad_(true);
            Tensor logits = model.logits(z);
            stands.logical_and_(logits.detach().argmax(new LongOptional(1), false).eq(y));
            if (step < attack.steps()) {
              torch.add_out(sum, sum, step(logits, z, order, attack.classes(), stands));
            }
          }
        }
        Tensor off =
            model.box().clamp(torch.add(x, sum, Ops.scalar(1 + attack.overshoot()))).sub(x);
        Tensor found = right.logical_and(stands.logical_not()).to(ScalarType.Float);
        distance += off.flatten(1, -1).square().sum(1).sqrt().mul(found).sum().item_double();
        fooled += found.sum().item_double();
        standing += stands.sum().item_double();
      }
    }
    return new double[] {standing, distance / fooled};
  }

  /** To the nearest of the linearised boundaries, for those rows that still stand. */
  private static Tensor step(Tensor logits, Tensor z, Tensor order, int classes, Tensor stands) {
    int ranks = Math.min(classes + 1, (int) order.size(1));
    List<Tensor> slopes = new ArrayList<>();
    for (int k = 0; k < ranks; k++) {
      Tensor score = logits.gather(1, order.narrow(1, k, 1)).sum();
      slopes.add(
          torch
              .grad(
                  new TensorVector(score),
                  new TensorVector(z),
                  new TensorVector(),
                  new BoolOptional(true),
                  false,
                  false)
              .get(0));
    }
    Tensor own = logits.detach().gather(1, order.narrow(1, 0, 1)).flatten();
    Tensor nearest = null;
    Tensor shift = torch.zeros_like(z);
    for (int k = 1; k < ranks; k++) {
      Tensor w = slopes.get(k).sub(slopes.getFirst());
      Tensor square = w.square().flatten(1, -1).sum(1).add(Ops.scalar(1e-20));
      Tensor f = logits.detach().gather(1, order.narrow(1, k, 1)).flatten().sub(own).abs();
      Tensor far = f.div(square.sqrt());
      Tensor r = w.mul(f.div(square).view(-1, 1, 1, 1));
      if (nearest == null) {
        nearest = far;
        shift = r;
      } else {
        Tensor nearer = far.lt(nearest);
        nearest = torch.where(nearer, far, nearest);
        shift = torch.where(nearer.view(-1, 1, 1, 1), r, shift);
      }
    }
    return shift.mul(stands.to(ScalarType.Float).view(-1, 1, 1, 1));
  }

  /** Rows that Square asks about for each iteration of an image that stands them all. */
  private static void square(NetClassifier model, Samples samples) {
    int iterations = 200;
    try (Scope scope = Scope.open()) {
      Square attack = Square.of(new Ball(Norm.LINF, 0.01), iterations, 1);
      AttackResult result =
          OracleAttack.of(attack).perturb(model, samples, new Misclassify(), new Engine(ROWS));
      long[] rows =
          result.outcomes().stream()
              .filter(o -> o.verdict() == Outcome.Verdict.WITHSTOOD)
              .mapToLong(Outcome::queries)
              .sorted()
              .toArray();
      System.out.printf(
          Locale.ROOT,
          "Square, %d iterations: %d images stand and took %d to %d queries each, none backward%n",
          iterations,
          rows.length,
          rows[0],
          rows[rows.length - 1]);
    }
  }
}
