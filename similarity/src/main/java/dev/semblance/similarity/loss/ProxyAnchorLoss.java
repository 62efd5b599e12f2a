package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Proxy-Anchor loss: each class has a proxy, which as an anchor pulls its rows and pushes the
 * others, the hardest most.
 *
 * <p>{@code L = (1/|C+|) sum_{c in C+} log(1 + sum_{y=c} e^{-a(S-d)}) + (1/C) sum_c log(1 +
 * sum_{y!=c} e^{a(S+d)})}; S is the cosine of row and proxy, C+ the classes in the batch.
 * Embeddings float32 or float64 [n, d]; owns {@code proxies} [C, d], brought to length 1 in every
 * pass; their learning rate is usually 100 times the network's.
 *
 * <p>Throws {@link IllegalArgumentException} for a label outside [0, C), naming its row, and for
 * another width. Every row is valid; sample ids play no part. A row of length 0 has cosine 0 with
 * everything and gradient 0. An empty batch has value 0.
 */
@Source(key = "kim2020proxy", where = "Eq. (4)")
public final class ProxyAnchorLoss implements EmbeddingLoss, HasParameters {
  private final Config config;
  private final ClassVectors proxies;

  /**
   * Size, scale and margin of the loss.
   *
   * @param classes C, at least 2
   * @param width d, the embeddings' width
   * @param scale a, above 0
   * @param margin d, in [0, 1]
   */
  public record Config(int classes, int width, double scale, double margin) {
    public Config {
      Check.atLeast("classes", classes, 2);
      Check.atLeast("width", width, 1);
      Check.positive("scale", scale);
      Check.between("margin", margin, 0, 1);
    }

    /** Scale 32 and margin 0.1 (kim2020proxy, Section 4.2). */
    public static Config of(int classes, int width) {
      return new Config(classes, width, 32, 0.1);
    }
  }

  /** New proxies drawn from {@code seed}: random directions. */
  public ProxyAnchorLoss(Config config, long seed) {
    this.config = config;
    proxies = ClassVectors.directions("proxies", config.classes(), config.width(), seed);
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    return proxies.loss(embeddings, labels, (batch, scope) -> loss(batch, labels, scope));
  }

  private LossResult loss(Batch batch, Tensor labels, Scope scope) {
    ClassVectors.Cosines cosines = proxies.cosines(batch);
    Tensor cosine = cosines.values();
    Tensor own = Ops.zeros(ScalarType.Bool, batch.size(), config.classes());
    own.scatter_(1, labels.unsqueeze(1), Ops.scalar(1));
    double present = own.any(0).sum().item_long(); // |C+|

    // Eq. (4), first sum, then second
    Tensor pull = cosine.sub(Ops.scalar(config.margin())).mul_(Ops.scalar(-config.scale()));
    Tensor push = cosine.add_(Ops.scalar(config.margin())).mul_(Ops.scalar(config.scale()));
    pull.masked_fill_(own.logical_not(), Ops.scalar(Double.NEGATIVE_INFINITY));
    push.masked_fill_(own, Ops.scalar(Double.NEGATIVE_INFINITY));
    Tensor pullLog = LogSum.onePlus(pull, 0);
    Tensor pushLog = LogSum.onePlus(push, 0);
    double value = sum(pullLog) / present + sum(pushLog) / config.classes();
    Tensor slope = pull.sub_(pullLog).exp_().mul_(Ops.scalar(-config.scale() / present));
    push.sub_(pushLog).exp_();
    slope.add_(push, Ops.scalar(config.scale() / config.classes()));

    Tensor gradient = cosines.back(slope);
    long active = slope.any(1).logical_and_(cosines.directed()).sum().item_long();
    return batch.result(scope, value, gradient, active, batch.size());
  }

  private static double sum(Tensor values) {
    return values.sum(new ScalarTypeOptional(ScalarType.Double)).item_double();
  }

  /** What it was made with. */
  public Config config() {
    return config;
  }

  @Override
  public Weights weights() {
    return proxies.weights();
  }
}
