package dev.semblance.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.nn.ConvEncoder;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.StepReport.Term;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingTest {
  @TempDir Path folder;

  /**
   * A classifier on noise, with batch normalisation, Adam and an average: everything that carries
   * state.
   */
  private static final class Toy implements Learner {
    final Net net = new ConvEncoder.Config(1, List.of(4, 4), 2, 3).build(7);
    final Update update;
    final Ema ema = new Ema(0.9, net.weights());
    long poison = -1;

    Toy(long steps) {
      update =
          new Update(
              net.weights().parameters(),
              new Update.Config(Optimizer.Adam.of(1e-2), Schedule.Cosine.of(), 1),
              steps);
    }

    @Override
    public StepReport step(Batch batch) {
      Tensor logits =
          net.forward(batch.images().to(ScalarType.Float).div(Ops.scalar(255)), Mode.TRAINING);
      Tensor loss = torch.cross_entropy_loss(logits, batch.labels());
      double value = batch.step() == poison ? Double.NaN : loss.item_double();
      loss.backward();
      update.apply(batch.step());
      ema.update(batch.step());
      return new StepReport(
          value, batch.size(), List.of(new Term("rate", update.rate(batch.step()))));
    }

    @Override
    public Map<String, Tensor> state() {
      Map<String, Tensor> state = new LinkedHashMap<>(net.weights().all());
      state.putAll(update.state());
      ema.averages().forEach((name, tensor) -> state.put("ema." + name, tensor));
      return state;
    }

    @Override
    public void close() {
      update.close();
      ema.close();
      net.close();
    }
  }

  private static Batch batch(long step) {
    byte[] pixels = new byte[8 * 64];
    long[] labels = new long[8];
    long[] rows = new long[8];
    for (int i = 0; i < 8; i++) {
      Rng rng = Rng.of(1, Rng.Purpose.ORDER, i, step);
      rows[i] = i;
      labels[i] = rng.below(3);
      for (int k = 0; k < 64; k++) {
        pixels[i * 64 + k] = (byte) rng.below(256);
      }
    }
    return new Batch(step, rows, Ops.bytes(pixels, 8, 1, 8, 8), Ops.longs(labels));
  }

  private static Map<String, float[]> values(Learner learner) {
    Map<String, float[]> values = new LinkedHashMap<>();
    learner.state().forEach((name, tensor) -> values.put(name, Ops.toFloats(tensor)));
    return values;
  }

  private Training training(Learner learner, long steps, Path where) {
    return new Training(
        new Training.Plan(steps, 0, 5, null), TrainingTest::batch, learner, null, where);
  }

  /** A run that is stopped by an error, as a kill would stop it, after the given step. */
  private static final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void a_resumed_run_ends_in_the_same_bits() throws IOException {
    Map<String, float[]> straight;
    try (Toy toy = new Toy(20)) {
      training(toy, 20, folder.resolve("straight")).run(Checkpoint.Position.start());
      straight = values(toy);
    }
    Path broken = folder.resolve("broken");
    try (Toy toy = new Toy(20)) {
      Listener stop =
          new Listener() {
            @Override
            public void onStep(long step, StepReport report, double seconds) {
              if (step == 12) {
                throw new Stop();
              }
            }
          };
      assertThatThrownBy(
              () -> training(toy, 20, broken).listen(stop).run(Checkpoint.Position.start()))
          .isInstanceOf(Stop.class);
    }
    try (Toy toy = new Toy(20)) {
      Training training = training(toy, 20, broken);
      Checkpoint.Position position = training.resume();
      assertThat(position.step()).isEqualTo(10);
      training.run(position);
      Map<String, float[]> resumed = values(toy);
      assertThat(resumed.keySet()).isEqualTo(straight.keySet());
      straight.forEach(
          (name, expected) -> assertThat(resumed.get(name)).as(name).isEqualTo(expected));
    }
  }

  @Test
  void a_run_that_is_asked_to_stop_goes_on_to_the_same_bits() throws IOException {
    Map<String, float[]> straight;
    try (Toy toy = new Toy(20)) {
      training(toy, 20, folder.resolve("straight")).run(Checkpoint.Position.start());
      straight = values(toy);
    }
    Path asked = folder.resolve("asked");
    try (Toy toy = new Toy(20)) {
      int[] steps = {0};
      Training training = training(toy, 20, asked).stopWhen(() -> ++steps[0] == 7);
      Training.Outcome outcome = training.run(Checkpoint.Position.start());
      assertThat(outcome.interrupted()).isTrue();
      assertThat(outcome.position().finished()).isFalse();
      assertThat(outcome.position().step()).isEqualTo(7);
    }
    try (Toy toy = new Toy(20)) {
      Training training = training(toy, 20, asked);
      Checkpoint.Position position = training.resume();
      assertThat(position.step()).isEqualTo(7); // no multiple of the checkpoints' distance
      assertThat(training.run(position).interrupted()).isFalse();
      Map<String, float[]> resumed = values(toy);
      straight.forEach(
          (name, expected) -> assertThat(resumed.get(name)).as(name).isEqualTo(expected));
    }
  }

  @Test
  void a_finished_run_is_not_trained_further() throws IOException {
    try (Toy toy = new Toy(6)) {
      training(toy, 6, folder).run(Checkpoint.Position.start());
    }
    try (Toy toy = new Toy(6)) {
      Training training = training(toy, 6, folder);
      List<Long> steps = new ArrayList<>();
      training.listen(
          new Listener() {
            @Override
            public void onStep(long step, StepReport report, double seconds) {
              steps.add(step);
            }
          });
      assertThat(training.run(training.resume()).position().finished()).isTrue();
      assertThat(steps).isEmpty();
    }
  }

  @Test
  void a_loss_that_is_not_finite_stops_with_step_terms_and_checkpoint() {
    try (Toy toy = new Toy(20)) {
      toy.poison = 7;
      assertThatThrownBy(() -> training(toy, 20, folder).run(Checkpoint.Position.start()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("loss is NaN at step 7")
          .hasMessageContaining("rate")
          .hasMessageContaining(folder.resolve("latest.safetensors").toString());
    }
  }

  @Test
  void early_stopping_returns_to_the_best_weights() throws IOException {
    double[] metrics = {0.1, 0.5, 0.4, 0.3, 0.9};
    try (Toy toy = new Toy(100)) {
      List<Map<String, float[]>> seen = new ArrayList<>();
      Validation validation =
          () -> {
            seen.add(values(toy));
            return List.of(new Term("metric", metrics[seen.size() - 1]));
          };
      Training.Outcome outcome =
          new Training(
                  new Training.Plan(100, 2, 4, new EarlyStopping(2, 0)),
                  TrainingTest::batch,
                  toy,
                  validation,
                  folder)
              .run(Checkpoint.Position.start());
      assertThat(outcome.stoppedEarly()).isTrue();
      assertThat(outcome.position().step()).isEqualTo(8);
      assertThat(outcome.position().best()).isEqualTo(0.5);
      values(toy).forEach((name, now) -> assertThat(now).as(name).isEqualTo(seen.get(1).get(name)));
    }
  }

  @Test
  void a_checkpoint_of_another_net_is_refused_and_nothing_changes() throws IOException {
    try (Toy toy = new Toy(6)) {
      training(toy, 6, folder).run(Checkpoint.Position.start());
    }
    try (Net other = new ConvEncoder.Config(1, List.of(4, 5), 2, 3).build(7);
        Scope scope = Scope.open()) {
      float[] before = Ops.toFloats(other.weights().parameters().get("head.weight"));
      assertThatThrownBy(
              () ->
                  new Checkpoint(folder.resolve("latest.safetensors"))
                      .restore(other.weights().all()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another configuration");
      assertThat(Ops.toFloats(other.weights().parameters().get("head.weight"))).isEqualTo(before);
    }
  }

  @Test
  void a_damaged_checkpoint_is_one_line() throws IOException {
    Path file = folder.resolve("latest.safetensors");
    Files.write(file, new byte[] {1, 2, 3});
    try (Toy toy = new Toy(6)) {
      assertThatThrownBy(() -> training(toy, 6, folder).resume())
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.toString());
    }
  }
}
