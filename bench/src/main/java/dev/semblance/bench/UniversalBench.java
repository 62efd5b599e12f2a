package dev.semblance.bench;

import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.universal.Control;
import dev.semblance.adversarial.universal.DeepFoolUniversal;
import dev.semblance.adversarial.universal.FoolingRate;
import dev.semblance.adversarial.universal.Panel;
import dev.semblance.adversarial.universal.Sga;
import dev.semblance.adversarial.universal.SingularVector;
import dev.semblance.adversarial.universal.Spgd;
import dev.semblance.adversarial.universal.Stage;
import dev.semblance.adversarial.universal.UniversalAttack;
import dev.semblance.adversarial.universal.UniversalPerturbation;
import dev.semblance.core.data.DataHome;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.ModelFile;
import dev.semblance.core.store.Pretrained;
import dev.semblance.core.store.SafetensorsHeader;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Fooling rates of universal perturbations on images they were not found on: LeNet on CIFAR-10, and
 * a small net on Fashion-MNIST where a file is given; found on 64, 500 and all training images.
 *
 * <p>Expected: SGA above DeepFool above random signs of the same size.
 */
public final class UniversalBench {
  private static final int BATCH = 10;

  private UniversalBench() {}

  /**
   * Arguments, all optional: {@code held=N} held-out images (10,000), {@code most=N} training
   * images (4,000), {@code passes=N} of SGA (20), {@code fashion=FILE} a classifier of
   * Fashion-MNIST.
   */
  public static void main(String[] args) throws IOException {
    int held = 10_000;
    int most = 4_000;
    int passes = 20;
    Path fashion = null;
    String only = "";
    for (String arg : args) {
      String value = arg.substring(arg.indexOf('=') + 1);
      switch (arg.substring(0, Math.max(0, arg.indexOf('=')))) {
        case "held" -> held = Integer.parseInt(value);
        case "most" -> most = Integer.parseInt(value);
        case "passes" -> passes = Integer.parseInt(value);
        case "only" -> only = value;
        case "fashion" -> fashion = Path.of(value);
        default ->
            throw new IllegalArgumentException(
                "argument must be held=N, most=N, passes=N, fashion=FILE or only=NAME, got " + arg);
      }
    }
    Path lenet = DataHome.current().require("cifar10-models").resolve("lenet.safetensors");
    // 10/255 is the radius of the literature.
    measure(lenet, "cifar10", new Ball(Norm.LINF, 10.0 / 255), held, most, passes, only);
    if (fashion != null) {
      measure(fashion, "fashion-mnist", new Ball(Norm.LINF, 0.1), held, most, passes, only);
    }
  }

  private static void measure(
      Path file, String data, Ball ball, int held, int most, int passes, String only)
      throws IOException {
    try (Model model =
            ModelFile.isModel(SafetensorsHeader.read(file))
                ? ModelFile.load(file)
                : Pretrained.open(file);
        ImageSet train = DataSets.open(data, Split.TRAIN, options(model));
        ImageSet test = DataSets.open(data, Split.TEST, options(model));
        NetClassifier classifier = NetClassifier.of(model);
        Scope scope = Scope.open()) {
      Panel others = Panel.of(classifier, images(test, held));
      System.out.printf("%s, %s, %,d held-out images%n", file.getFileName(), data, others.size());
      for (int n : new int[] {64, 500, most}) {
        Tensor images = images(train, Math.min(n, most));
        for (Map.Entry<String, UniversalAttack> attack :
            attacks(model, ball, passes, n).entrySet()) {
          if (!only.isEmpty() && !only.equals(attack.getKey())) {
            continue;
          }
          try (Scope step = Scope.open()) {
            long start = System.nanoTime();
            UniversalPerturbation found = attack.getValue().find(classifier, images);
            double seconds = (System.nanoTime() - start) * 1e-9;
            FoolingRate out = others.rate(found.values(), ball);
            FoolingRate in = Panel.of(classifier, images).rate(found.values(), ball);
            System.out.printf(
                "%-10s %,6d images  held out %5.1f %% [%.1f, %.1f]  training %5.1f %%  %,10d"
                    + " forward %,10d backward  %6.1f s%n",
                attack.getKey(),
                images.size(0),
                100 * out.rate(),
                100 * out.interval().low(),
                100 * out.interval().high(),
                100 * in.rate(),
                found.forwards(),
                found.backwards(),
                seconds);
          }
        }
      }
      Tensor like = images(train, 1);
      FoolingRate noise = others.rate(Control.signs(ball, like, classifier.box(), 1), ball);
      System.out.printf(
          "%-10s                held out %5.1f %% [%.1f, %.1f]%n",
          "noise", 100 * noise.rate(), 100 * noise.interval().low(), 100 * noise.interval().high());
    }
  }

  private static Map<String, UniversalAttack> attacks(Model model, Ball ball, int passes, int n) {
    Sga sga = Sga.of(ball, 1);
    Spgd spgd = Spgd.of(ball, 1);
    int steps = (n + spgd.batch() - 1) / spgd.batch();
    Map<String, UniversalAttack> attacks = new LinkedHashMap<>();
    attacks.put(
        "sga",
        new Sga(
            ball, sga.stepSize(), passes, sga.batch(), sga.inner(), sga.sweeps(), sga.most(), 1));
    // At least 100 steps: of few images a pass is a single one.
    attacks.put(
        "spgd",
        new Spgd(
            ball,
            spgd.stepSize(),
            Math.max(passes, (100 + steps - 1) / steps),
            spgd.batch(),
            spgd.most(),
            1));
    attacks.put(
        "deepfool",
        new DeepFoolUniversal(ball, DeepFoolUniversal.of(ball, 1).deepFool(), 0.8, 5, BATCH, 1));
    if (n <= 500) {
      attacks.put("singular", SingularVector.of(Stage.after(model, 1), ball, 1));
    }
    return attacks;
  }

  private static DataOptions options(Model model) {
    return DataOptions.defaults().withShape(model.preprocessing().shape());
  }

  private static Tensor images(ImageSet set, int wanted) {
    int[] order = Rng.of(1, Rng.Purpose.SELECT, set.size(), 0).permutation(set.size());
    long[] rows = Arrays.stream(order).limit(wanted).asLongStream().sorted().toArray();
    try (Scope scope = Scope.open()) {
      return scope.keep(set.images(rows).to(ScalarType.Float).div(Ops.scalar(255)));
    }
  }
}
