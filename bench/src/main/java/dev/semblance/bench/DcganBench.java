package dev.semblance.bench;

import dev.semblance.adversarial.defend.Defence;
import dev.semblance.adversarial.defend.RobustLearner;
import dev.semblance.adversarial.defend.Student;
import dev.semblance.app.report.PngImage;
import dev.semblance.core.data.Augmentation;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.Shuffled;
import dev.semblance.core.data.Split;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.nn.SmallCnn;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.BatchSource;
import dev.semblance.core.train.Checkpoint;
import dev.semblance.core.train.Learner;
import dev.semblance.core.train.Listener;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.Training;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Family;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Pixels;
import dev.semblance.generative.eval.ModeCount;
import dev.semblance.generative.gan.Gan;
import dev.semblance.generative.gan.GanFamily;
import dev.semblance.generative.gan.GanLearner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains DCGAN on Fashion-MNIST and counts the classes among its samples, by a classifier trained
 * on the same images: {@code DcganBench FOLDER [STEPS [CLASSIFIER_STEPS [SAMPLES]]]}. Started again
 * with the same arguments it goes on.
 */
public final class DcganBench {
  private static final int BATCH = 128;
  private static final long SEED = 1;
  private static final double LEAST_SHARE = 0.1;

  private DcganBench() {}

  public static void main(String[] args) throws IOException {
    if (args.length == 0) {
      throw new IllegalArgumentException(
          "usage: DcganBench FOLDER [STEPS [CLASSIFIER_STEPS [SAMPLES]]]");
    }
    Path folder = Path.of(args[0]);
    long steps = args.length > 1 ? Long.parseLong(args[1]) : 7000;
    long classifierSteps = args.length > 2 ? Long.parseLong(args[2]) : 1400;
    int samples = args.length > 3 ? Integer.parseInt(args[3]) : 10_000;
    try (ImageSet train = DataSets.open("fashion-mnist", Split.TRAIN, DataOptions.defaults());
        ImageSet test = DataSets.open("fashion-mnist", Split.TEST, DataOptions.defaults());
        Net classifier = SmallCnn.Config.of().build(SEED)) {
      Preprocessing preprocessing = Preprocessing.of(train.shape());
      classifier(train, classifier, preprocessing, classifierSteps, folder.resolve("classifier"));
      System.out.printf(
          Locale.ROOT,
          "classifier: %.2f %% of %,d test images%n",
          100 * accuracy(test, classifier, preprocessing),
          test.size());
      GanFamily family = GanFamily.dcgan();
      try (Gan gan = family.build(train.shape(), 1, SEED)) {
        train(train, family, gan, preprocessing, steps, folder);
        Files.write(folder.resolve("samples.png"), sheet(gan, preprocessing));
        count(gan, classifier, samples, train, folder.resolve("samples.png"));
      }
    }
  }

  private static Update.Config adam(double rate, double beta1) {
    return new Update.Config(
        new Optimizer.Adam(rate, beta1, 0.999, 1e-8, 0),
        new Schedule.Constant(),
        Double.POSITIVE_INFINITY);
  }

  private static void classifier(
      ImageSet set, Net net, Preprocessing preprocessing, long steps, Path folder)
      throws IOException {
    Student.Config config =
        new Student.Config(Augmentation.none(), 0, SEED, adam(1e-3, 0.9), steps);
    try (Student student = new Student(net, preprocessing, set.classNames().size(), config);
        Learner learner = new RobustLearner(student, Defence.none(), null)) {
      run("classifier", set, learner, steps, folder, new Listener() {});
    }
  }

  private static void train(
      ImageSet set, GanFamily family, Gan gan, Preprocessing preprocessing, long steps, Path folder)
      throws IOException {
    // Rate and moments: radford2016unsupervised, section 4. A short run averages over less.
    double decay = Math.min(0.999, Math.max(0, 1 - 20.0 / steps));
    Family.Course course =
        new Family.Course(adam(2e-4, 0.5), decay, Augmentation.none(), SEED, steps);
    try (GanLearner learner = family.learner(gan, preprocessing, course)) {
      learner.recorder().tell(finding -> System.out.println(finding.line()));
      run("DCGAN", set, learner, steps, folder, learner.recorder());
      gan.weights().load(learner.weights());
    }
  }

  private static void run(
      String name, ImageSet set, Learner learner, long steps, Path folder, Listener listener)
      throws IOException {
    Training training =
        new Training(
            new Training.Plan(steps, 0, 500, null),
            BatchSource.of(set, Shuffled.of(set.size(), BATCH, SEED)),
            learner,
            null,
            folder);
    Listener printer =
        new Listener() {
          @Override
          public void onStep(long step, StepReport report, double seconds) {
            if ((step + 1) % 100 == 0) {
              String terms =
                  report.terms().stream()
                      .map(t -> String.format(Locale.ROOT, "%s %.3g", t.name(), t.value()))
                      .collect(Collectors.joining(", "));
              System.out.printf(
                  Locale.ROOT,
                  "%s step %,d, %.0f s, loss %.3f, %s%n",
                  name,
                  step + 1,
                  seconds,
                  report.loss(),
                  terms);
            }
          }
        };
    Checkpoint.Position position = training.resume();
    Training.Outcome outcome = training.listen(printer).listen(listener).run(position);
    System.out.printf(
        Locale.ROOT, "%s: %,d steps, %.0f s%n", name, steps, outcome.position().seconds());
  }

  private static long[] labels(Net classifier, Tensor images) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      return Ops.toLongs(
          classifier.forward(images, Mode.INFERENCE).argmax(new LongOptional(1), false));
    }
  }

  private static double accuracy(ImageSet set, Net classifier, Preprocessing preprocessing) {
    int right = 0;
    for (int from = 0; from < set.size(); from += 500) {
      try (Scope scope = Scope.open()) {
        long[] rows = LongStream.range(from, Math.min(from + 500, set.size())).toArray();
        long[] labels = labels(classifier, preprocessing.apply(set.images(rows)));
        for (int i = 0; i < rows.length; i++) {
          right += labels[i] == set.label(Math.toIntExact(rows[i])) ? 1 : 0;
        }
      }
    }
    return (double) right / set.size();
  }

  private static void count(Gan gan, Net classifier, int samples, ImageSet set, Path sheet) {
    int classes = set.classNames().size();
    long[] seen = new long[samples];
    for (int from = 0; from < samples; from += 500) {
      int first = from;
      int n = Math.min(500, samples - from);
      try (Scope scope = Scope.open()) {
        Tensor images =
            Ops.withoutGradient(() -> gan.sample(Noise.of(SEED, first, n), Condition.none()));
        System.arraycopy(labels(classifier, images), 0, seen, first, n);
      }
    }
    ModeCount.Modes modes = ModeCount.uniform(classes).measure(seen);
    for (int c = 0; c < classes; c++) {
      long count = modes.counts().get(c);
      System.out.printf(
          Locale.ROOT,
          "%-12s %6d %s%n",
          set.classNames().get(c),
          count,
          "#".repeat((int) Math.round(60.0 * count / samples)));
    }
    System.out.printf(
        "covered: %d of %d classes with at least %s of their share; %s%n",
        classes - modes.lost(LEAST_SHARE).size(), classes, LEAST_SHARE, sheet);
  }

  /** Ten by ten samples side by side. */
  private static byte[] sheet(Gan gan, Preprocessing preprocessing) throws IOException {
    ImageShape shape = preprocessing.shape();
    int side = 10;
    byte[] whole = new byte[side * side * shape.height() * shape.width()];
    try (Scope scope = Scope.open()) {
      Tensor images = gan.sample(Noise.of(SEED, 0, side * side), Condition.none());
      byte[] pixels = Ops.toBytes(Pixels.bytes(images, preprocessing));
      int width = side * shape.width();
      for (int i = 0; i < side * side; i++) {
        for (int y = 0; y < shape.height(); y++) {
          int to = ((i / side) * shape.height() + y) * width + (i % side) * shape.width();
          System.arraycopy(
              pixels, (i * shape.height() + y) * shape.width(), whole, to, shape.width());
        }
      }
      return PngImage.of(1, side * shape.height(), side * shape.width(), whole).bytes();
    }
  }
}
