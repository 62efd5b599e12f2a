package dev.semblance.adversarial.defend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Learner;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** What one defence is in the limit of another, bit for bit. */
class ReductionsTest {
  /** The state after some steps. */
  private static Map<String, float[]> after(
      int steps, Supplier<Net> make, Function<Student, Learner> learn) {
    try (Net net = make.get();
        Student student = Toy.student(net, 4, 0);
        Learner learner = learn.apply(student)) {
      for (int step = 0; step < steps; step++) {
        try (Scope scope = Scope.open()) {
          learner.step(Toy.batch(step));
        }
      }
      return Toy.values(learner.state());
    }
  }

  private static Map<String, float[]> after(Supplier<Net> make, Defence defence, double gamma) {
    return after(
        3,
        make,
        student ->
            new RobustLearner(student, defence, gamma < 0 ? null : new WeightAdversary(gamma)));
  }

  private static boolean equal(Map<String, float[]> one, Map<String, float[]> other) {
    assertThat(one.keySet()).isEqualTo(other.keySet());
    return one.keySet().stream()
        .allMatch(name -> java.util.Arrays.equals(one.get(name), other.get(name)));
  }

  @Test
  void weights_perturbed_by_nothing_are_adversarial_training() {
    Defence defence = Defence.pgd(Toy.BALL, 2);
    Map<String, float[]> plain = after(Toy::convolutional, defence, -1);
    assertThat(equal(after(Toy::convolutional, defence, 0), plain)).isTrue();
    assertThat(equal(after(Toy::convolutional, defence, 0.01), plain)).isFalse();
  }

  @Test
  void trades_without_divergence_is_plain_training() {
    InnerAttack attack = Defence.trades(Toy.BALL, 2).attack();
    Map<String, float[]> plain = after(Toy::plain, Defence.none(), -1);
    assertThat(equal(after(Toy::plain, new Defence(attack, new Trades(0)), -1), plain)).isTrue();
    assertThat(equal(after(Toy::plain, new Defence(attack, new Trades(6)), -1), plain)).isFalse();
  }

  @Test
  void an_attack_without_share_is_plain_training() {
    InnerAttack attack = Defence.pgd(Toy.BALL, 2).attack();
    Map<String, float[]> plain = after(Toy::convolutional, Defence.none(), -1);
    Defence none = new Defence(attack, new MixedCrossEntropy(1));
    assertThat(equal(after(Toy::convolutional, none, -1), plain)).isTrue();
    Defence half = new Defence(attack, new MixedCrossEntropy(0.5));
    assertThat(equal(after(Toy::convolutional, half, -1), plain)).isFalse();
  }

  @Test
  void a_first_free_step_is_a_plain_step_and_carries_the_fast_gradient() {
    Map<String, float[]> plain =
        after(1, Toy::plain, student -> new RobustLearner(student, Defence.none(), null));
    Map<String, float[]> free =
        after(1, Toy::plain, student -> new FreeLearner(student, Toy.BALL, 1, Toy.ROWS, 1, 8, 8));
    float[] carried = free.remove("carried");
    assertThat(equal(free, plain)).isTrue();

    try (Net net = Toy.plain();
        NetClassifier classifier = NetClassifier.of(net, Toy.PREPROCESSING, 3);
        Scope scope = Scope.open()) {
      Batch batch = Toy.batch(0);
      Tensor images = batch.images().to(ScalarType.Float).div(Ops.scalar(255));
      Tensor fast =
          Defence.fgsm(Toy.BALL)
              .attack()
              .perturb(classifier, images, batch.labels(), batch.rows(), 0, 0);
      float[] moved = Ops.toFloats(fast);
      float[] from = Ops.toFloats(images);
      float eps = Math.nextDown(0.2f); // the float32 next to 0.2 is above it
      for (int i = 0; i < carried.length; i++) {
        // What is carried is not cut at 0 and 1, since the next image may have room.
        assertThat(Math.abs(carried[i])).isEqualTo(eps);
        if (moved[i] != from[i]) {
          assertThat(carried[i] > 0).isEqualTo(moved[i] > from[i]);
        }
        assertThat(moved[i])
            .isCloseTo(Math.min(1, Math.max(0, from[i] + carried[i])), within(1.2e-7f));
      }
    }
  }

  @Test
  void the_attack_runs_in_inference_and_the_update_in_training_mode() {
    Map<String, float[]> learnt =
        after(
            1,
            Toy::convolutional,
            student -> new RobustLearner(student, Defence.pgd(Toy.BALL, 3), null));
    try (Net net = Toy.convolutional();
        Scope scope = Scope.open()) {
      Batch batch = Toy.batch(0);
      Tensor images = batch.images().to(ScalarType.Float).div(Ops.scalar(255));
      Tensor adversarial;
      Map<String, float[]> before = Toy.values(net.weights().all());
      try (NetClassifier classifier = NetClassifier.of(net, Toy.PREPROCESSING, 3)) {
        adversarial =
            Defence.pgd(Toy.BALL, 3)
                .attack()
                .perturb(classifier, images, batch.labels(), batch.rows(), 5, 0);
      }
      Map<String, float[]> untouched = Toy.values(net.weights().all());
      before.forEach((name, values) -> assertThat(untouched.get(name)).containsExactly(values));
      net.weights()
          .parameters()
          .values()
          .forEach(
              weight -> {
                assertThat(weight.mutable_grad().defined()).isFalse();
                assertThat(weight.requires_grad()).isTrue();
              });
      // One pass in training mode over what the attack made moves the running statistics so.
      net.forward(Toy.PREPROCESSING.normalize(adversarial.mul(Ops.scalar(255))), Mode.TRAINING);
      net.weights()
          .buffers()
          .forEach(
              (name, buffer) ->
                  assertThat(learnt.get("net." + name)).containsExactly(Ops.toFloats(buffer)));
    }
  }

  @Test
  void the_weights_go_uphill_by_their_share_and_come_back() {
    try (Net net = Toy.convolutional();
        Scope scope = Scope.open()) {
      Batch batch = Toy.batch(0);
      Tensor input = Toy.PREPROCESSING.normalize(batch.images().to(ScalarType.Float));
      Supplier<Tensor> loss =
          () -> torch.cross_entropy_loss(net.forward(input, Mode.TRAINING), batch.labels());
      Map<String, float[]> before = Toy.values(net.weights().all());
      double low = loss.get().item_double();
      net.weights().load(tensors(before, net));
      double high;
      try (WeightAdversary.Moved moved = new WeightAdversary(0.05).climb(net.weights(), loss)) {
        Map<String, float[]> there = Toy.values(net.weights().all());
        net.weights()
            .parameters()
            .forEach(
                (name, weight) -> {
                  double ratio =
                      distance(there.get(name), before.get(name)) / norm(before.get(name));
                  if (weight.dim() > 1) {
                    assertThat(ratio).as(name).isBetween(0.0499, 0.0501);
                  } else {
                    assertThat(there.get(name)).as(name).containsExactly(before.get(name));
                  }
                  assertThat(weight.mutable_grad().defined()).isFalse();
                });
        net.weights()
            .buffers()
            .keySet()
            .forEach(name -> assertThat(there.get(name)).containsExactly(before.get(name)));
        high = loss.get().item_double();
      }
      assertThat(high).isGreaterThan(low + 0.01);
      Map<String, float[]> back = Toy.values(net.weights().parameters());
      back.forEach((name, values) -> assertThat(values).containsExactly(before.get(name)));
    }
  }

  private static Map<String, Tensor> tensors(Map<String, float[]> values, Net net) {
    Map<String, Tensor> tensors = new java.util.LinkedHashMap<>();
    net.weights()
        .all()
        .forEach((name, like) -> tensors.put(name, Ops.floats(values.get(name), like.shape())));
    return tensors;
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.pow((double) a[i] - b[i], 2);
    }
    return Math.sqrt(sum);
  }

  private static double norm(float[] a) {
    return distance(a, new float[a.length]);
  }

  @Test
  void gradients_of_the_attack_are_by_the_images_alone() {
    // A gradient in the parameters from before must be what the update sees, and no more.
    try (Net net = Toy.plain();
        Scope scope = Scope.open()) {
      Batch batch = Toy.batch(0);
      Tensor images = batch.images().to(ScalarType.Float).div(Ops.scalar(255));
      net.forward(images, Mode.TRAINING).sum().backward();
      float[] before = Ops.toFloats(net.weights().parameters().get("head.weight").mutable_grad());
      try (NetClassifier classifier = NetClassifier.of(net, Toy.PREPROCESSING, 3)) {
        Defence.trades(Toy.BALL, 3)
            .attack()
            .perturb(classifier, images, batch.labels(), batch.rows(), 5, 0);
      }
      float[] after = Ops.toFloats(net.weights().parameters().get("head.weight").mutable_grad());
      assertThat(after).containsExactly(before);
    }
  }
}
