package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Tensor;

/**
 * One part of an item is mapped element by element, with parameters that a net reads off the other
 * part, which stays. The Jacobian is triangular, and the inverse needs the same one pass of the
 * net.
 *
 * @param partition of the elements
 * @param net from the kept part to the parameters
 * @param map of each changed element
 */
@Source(key = "dinh2017density", where = "Eqs. (4)-(8)")
public record Coupling(Partition partition, Conditioner net, Elementwise map) implements Bijection {
  @Override
  public Mapped forward(Tensor x, Condition condition) {
    return apply(x, condition, true);
  }

  @Override
  public Mapped inverse(Tensor z, Condition condition) {
    return apply(z, condition, false);
  }

  private Mapped apply(Tensor x, Condition condition, boolean forward) {
    try (Scope scope = Scope.open()) {
      Partition.Parts parts = partition.split(x);
      Tensor parameters = net.parameters(parts.kept(), condition);
      Mapped changed =
          forward
              ? map.forward(parts.changed(), parameters)
              : map.inverse(parts.changed(), parameters);
      Tensor value = partition.join(new Partition.Parts(parts.kept(), changed.value()));
      return new Mapped(scope.keep(value), scope.keep(changed.logDet()));
    }
  }
}
