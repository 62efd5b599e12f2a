package dev.semblance.examples;

import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.adversarial.goal.LeastLikely;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.data.synthetic.Strokes;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * What is an adversarial example? A picture x that the model f has right, changed by so little that
 * a person sees no difference, and f has it wrong: {@code f(x') != f(x), norm(x' - x) <= eps}.
 *
 * <p>Three ways to one, each a line of code here and checked against the library's own:
 *
 * <ul>
 *   <li>one step away from the truth (goodfellow2015explaining): {@code x' = x + eps sign(grad_x
 *       L(f(x), y))};
 *   <li>one step towards another answer t, the least likely (kurakin2017scale): {@code x' = x - eps
 *       sign(grad_x L(f(x), t))};
 *   <li>many small steps, clipped to the eps-ball around the picture after each
 *       (kurakin2017physical): {@code x <- clip(x + alpha sign(grad_x L(f(x), y)))}.
 * </ul>
 *
 * <p>One step that is wrong most of the time for "any other answer" hardly ever reaches a chosen
 * one: the loss is no plane. Small steps follow its bends.
 *
 * <p>Argument: the number of training steps (200).
 */
public final class E07_WhatIsAnAdversarialExample {
  private static final double EPS = 0.15;
  private static final int PICTURES = 200;
  private static final String GREYS = " .:-=+*#%@";

  private E07_WhatIsAnAdversarialExample() {}

  /**
   * One way, over all pictures.
   *
   * @param name of the way
   * @param fooled pictures that were right and now reach the aim
   * @param right pictures that were right
   * @param agrees whether the line of code here gives the very images of the library's attack; true
   *     for ways that have no line here
   */
  record Way(String name, long fooled, long right, boolean agrees) {}

  /**
   * What was found.
   *
   * @param ways one after the other
   * @param before a picture, drawn in letters
   * @param after the same, fooling the model
   * @param said what the model says of both, with how sure it is
   */
  record Finding(List<Way> ways, String before, String after, List<String> said) {}

  /** Trains, attacks in three ways, and shows one picture before and after. */
  public static void main(String[] arguments) {
    Finding found = run(arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200);
    System.out.printf(Locale.ROOT, "No pixel is changed by more than %.2f of 1.%n", EPS);
    for (Way way : found.ways) {
      System.out.printf(
          Locale.ROOT,
          "%-46s %3d of %3d pictures fooled (%.0f %%)%n",
          way.name,
          way.fooled,
          way.right,
          100.0 * way.fooled / way.right);
    }
    System.out.println();
    List<String> left = found.before.lines().toList();
    List<String> right = found.after.lines().toList();
    System.out.printf("%-36s%s%n", found.said.get(0), found.said.get(1));
    for (int row = 0; row < left.size(); row++) {
      System.out.printf("%-36s%s%n", left.get(row), right.get(row));
    }
  }

  static Finding run(int steps) {
    try (Scope scope = Scope.open();
        ImageSet training = Strokes.images(3000, Split.TRAIN, 1);
        ImageSet unseen = Strokes.images(PICTURES, Split.TEST, 1);
        Net net = QuickClassifier.train(training, steps);
        NetClassifier model =
            NetClassifier.of(net, Preprocessing.of(unseen.shape()), Strokes.CLASSES)) {
      Samples samples = Samples.of(unseen);
      Ball ball = Ball.of(Norm.LINF, EPS);
      Goal least = new LeastLikely();
      Tensor targets = targets(model, samples);
      AttackResult away = Pgd.fast(ball).perturb(model, samples, new Misclassify(), Engine.of());
      AttackResult towards = Pgd.fast(ball).perturb(model, samples, least, Engine.of());
      Pgd basic = Pgd.basic(ball);
      AttackResult small = basic.perturb(model, samples, new Misclassify(), Engine.of());
      AttackResult aimed = Pgd.of(ball, 40, 1).perturb(model, samples, least, Engine.of());
      List<Way> ways =
          List.of(
              way("one step away from the truth", away, step(model, samples, null)),
              way(
                  "one step towards the least likely class",
                  towards,
                  step(model, samples, targets)),
              way(basic.steps() + " small steps away from the truth", small, null),
              way("40 small steps towards the least likely class", aimed, null));
      return picture(ways, model, samples, small);
    }
  }

  /** Both one-step attacks: with the truth the step goes up the loss, with a target down. */
  private static Tensor step(NetClassifier model, Samples samples, @Nullable Tensor targets) {
    try (Scope scope = Scope.open()) {
      Tensor x = samples.images().detach().requires_grad_(true);
      Tensor classes = targets == null ? samples.labels() : targets;
      // Summed, not averaged: each picture's gradient is its own.
      Tensor loss = model.logits(x).log_softmax(1).gather(1, classes.unsqueeze(1)).neg().sum();
      Tensor gradient = torch.grad(new TensorVector(loss), new TensorVector(x)).get(0);
      Tensor change = gradient.sign().mul(Ops.scalar(targets == null ? EPS : -EPS));
      return scope.keep(model.box().clamp(samples.images().add(change)));
    }
  }

  /** The least likely class of each clean picture. */
  private static Tensor targets(NetClassifier model, Samples samples) {
    Tensor logits = Ops.withoutGradient(() -> model.logits(samples.images()));
    return new LeastLikely().resolve(logits, samples.labels()).classes().flatten();
  }

  private static Way way(String name, AttackResult result, @Nullable Tensor own) {
    boolean agrees = true;
    for (int i = 0; own != null && i < result.outcomes().size(); i++) {
      if (result.outcomes().get(i).fooled()) {
        Tensor difference = result.adversarial().select(0, i).sub(own.select(0, i));
        agrees &= difference.abs().max().item_double() < 1e-6;
      }
    }
    return new Way(name, result.fooled(), result.correct(), agrees);
  }

  private static Finding picture(
      List<Way> ways, NetClassifier model, Samples samples, AttackResult result) {
    int chosen = 0;
    while (chosen < samples.size() - 1 && !result.outcomes().get(chosen).fooled()) {
      chosen++;
    }
    Tensor clean = samples.images().narrow(0, chosen, 1);
    Tensor fooling = result.adversarial().narrow(0, chosen, 1);
    return new Finding(
        ways,
        drawn(clean),
        drawn(fooling),
        List.of("x: " + said(model, clean), "x': " + said(model, fooling)));
  }

  private static String said(NetClassifier model, Tensor image) {
    double[] sure = Ops.toDoubles(Ops.withoutGradient(() -> model.logits(image)).softmax(1));
    int best = 0;
    for (int k = 1; k < sure.length; k++) {
      best = sure[k] > sure[best] ? k : best;
    }
    return String.format(Locale.ROOT, "\"%d\", %.0f %% sure", best, 100 * sure[best]);
  }

  /** Every second row of a grey picture, in letters from dark to bright. */
  private static String drawn(Tensor image) {
    float[] pixels = Ops.toFloats(image);
    StringBuilder text = new StringBuilder();
    for (int row = 0; row < Strokes.SIDE; row += 2) {
      for (int column = 0; column < Strokes.SIDE; column++) {
        float value = pixels[row * Strokes.SIDE + column];
        text.append(GREYS.charAt(Math.min(GREYS.length() - 1, (int) (value * GREYS.length()))));
      }
      text.append('\n');
    }
    return text.toString();
  }
}
