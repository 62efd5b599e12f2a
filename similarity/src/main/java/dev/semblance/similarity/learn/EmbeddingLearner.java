package dev.semblance.similarity.learn;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.train.Autocast;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Ema;
import dev.semblance.core.train.Learner;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.StepReport.Term;
import dev.semblance.core.train.Update;
import dev.semblance.similarity.loss.EmbeddingLoss;
import dev.semblance.similarity.loss.HasParameters;
import dev.semblance.similarity.loss.LossResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Trains an embedding: one network over the whole batch, a loss on its output, one update.
 *
 * <p>With two views every image is augmented twice and the loss sees 2n rows; the label of both
 * views is the image's row, so that nothing but the two views belongs together (chen2020simple).
 */
public final class EmbeddingLearner implements Learner {
  private final Net net;
  private final Preprocessing preprocessing;
  private final EmbeddingLoss loss;
  private final Config config;
  private final Update update;
  private final @Nullable Update lossUpdate;
  private final @Nullable Ema ema;
  private @Nullable EmbeddingListener listener;

  /**
   * How to train.
   *
   * @param augmentation of the training images
   * @param twoViews whether every image appears twice under its own label
   * @param bfloat16 whether the network runs in bfloat16 where libtorch deems it safe
   * @param emaDecay of the averaged weights, in [0, 1); 0: none
   * @param seed of everything random
   * @param update of the network
   * @param lossRate factor of the learning rate for the loss's own parameters
   * @param trained which of the network's parameters are trained
   * @param mode of the forward pass; inference keeps running statistics, for frozen backbones
   * @param totalSteps of the run
   */
  public record Config(
      Augmentation augmentation,
      boolean twoViews,
      boolean bfloat16,
      double emaDecay,
      long seed,
      Update.Config update,
      double lossRate,
      Predicate<String> trained,
      Mode mode,
      long totalSteps) {
    public Config {
      Check.between("emaDecay", emaDecay, 0, Math.nextDown(1.0));
      Check.positive("lossRate", lossRate);
      Check.atLeast("totalSteps", totalSteps, 1);
    }
  }

  /** Sees the embeddings of a step before the update, for instance to detect a collapse. */
  @FunctionalInterface
  public interface EmbeddingListener {
    /**
     * Called once a step.
     *
     * @param embeddings [n, d], detached
     */
    void onEmbeddings(long step, Tensor embeddings, LossResult result);
  }

  /** Borrows net and loss; owns the state of the updates. */
  public EmbeddingLearner(Net net, Preprocessing preprocessing, EmbeddingLoss loss, Config config) {
    this.net = net;
    this.preprocessing = preprocessing;
    this.loss = loss;
    this.config = config;
    Map<String, Tensor> trained =
        net.weights().parameters().entrySet().stream()
            .filter(entry -> config.trained.test(entry.getKey()))
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new));
    net.weights()
        .parameters()
        .forEach((name, tensor) -> tensor.set_requires_grad(config.trained.test(name)));
    this.update = new Update(trained, config.update, config.totalSteps);
    this.lossUpdate =
        loss instanceof HasParameters owner
            ? new Update(
                owner.weights().parameters(),
                config.update.faster(config.lossRate),
                config.totalSteps)
            : null;
    this.ema = config.emaDecay > 0 ? new Ema(config.emaDecay, net.weights()) : null;
  }

  /** Adds the reader of the embeddings. */
  public void listen(EmbeddingListener reader) {
    this.listener = reader;
  }

  @Override
  public StepReport step(Batch batch) {
    Tensor images = batch.images().to(torch.ScalarType.Float);
    Tensor input = augment(images, batch, 0);
    Tensor labels = batch.labels();
    Tensor samples = Ops.longs(batch.rows());
    if (config.twoViews) {
      input = torch.cat(new TensorVector(input, augment(images, batch, 1)), 0);
      labels = torch.cat(new TensorVector(samples, samples), 0);
      // Two views of an image are a positive pair, not one sample.
      samples = torch.arange(Ops.scalar(labels.size(0)), labels.options());
    }
    Tensor embeddings;
    try (Autocast autocast = Autocast.bfloat16(config.bfloat16)) {
      embeddings = net.forward(input, config.mode).to(torch.ScalarType.Float);
    }
    LossResult result = loss.of(embeddings.detach(), labels, samples);
    if (listener != null) {
      listener.onEmbeddings(batch.step(), embeddings.detach(), result);
    }
    if (Double.isFinite(result.value())) {
      embeddings.backward(
          result.gradient(), new BoolOptional(), false, new TensorArrayRefOptional());
      update.apply(batch.step());
      if (lossUpdate != null) {
        lossUpdate.apply(batch.step());
      }
      if (ema != null) {
        ema.update(batch.step());
      }
    }
    return new StepReport(
        result.value(),
        batch.size(),
        List.of(
            new Term("active", result.activeFraction()),
            new Term("rate", update.rate(batch.step()))));
  }

  private Tensor augment(Tensor images, Batch batch, int view) {
    // Before normalisation, so that what is shifted in is black.
    return preprocessing.normalize(
        config.augmentation.apply(images, batch.rows(), config.seed, batch.step(), view));
  }

  /** Puts the averaged weights into the network, if averages are kept. */
  public void useAverages() {
    if (ema != null) {
      net.weights().load(ema.averages());
    }
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    net.weights().all().forEach((name, tensor) -> state.put("net." + name, tensor));
    update.state().forEach((name, tensor) -> state.put("update." + name, tensor));
    if (loss instanceof HasParameters owner) {
      owner.weights().all().forEach((name, tensor) -> state.put("loss." + name, tensor));
    }
    if (lossUpdate != null) {
      lossUpdate.state().forEach((name, tensor) -> state.put("loss-update." + name, tensor));
    }
    if (ema != null) {
      ema.averages().forEach((name, tensor) -> state.put("ema." + name, tensor));
    }
    return state;
  }

  @Override
  public void close() {
    update.close();
    if (lossUpdate != null) {
      lossUpdate.close();
    }
    if (ema != null) {
      ema.close();
    }
  }
}
