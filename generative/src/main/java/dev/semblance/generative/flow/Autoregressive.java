package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Each element of a vector is mapped with parameters read off the elements before it. Density takes
 * one pass of the net, drawing one for each element.
 *
 * @param net masked so that the parameters of element i depend on the elements before it
 * @param map of each element
 */
@Source(key = "papamakarios2017masked", where = "Eqs. (3)-(5)")
public record Autoregressive(Conditioner net, Elementwise map) implements Bijection {
  @Override
  public Mapped forward(Tensor x, Condition condition) {
    try (Scope scope = Scope.open()) {
      Mapped mapped = map.forward(x, net.parameters(x, condition));
      return new Mapped(scope.keep(mapped.value()), scope.keep(mapped.logDet()));
    }
  }

  @Override
  public Mapped inverse(Tensor z, Condition condition) {
    long size = z.size(1);
    boolean recording = GradMode.is_enabled();
    Tensor x = torch.zeros_like(z);
    try (Scope scope = Scope.open()) {
      for (long i = 0; i < size; i++) {
        try (Scope pass = Scope.open()) {
          Tensor parameters = net.parameters(x, condition).narrow(1, i, 1);
          Tensor element = map.inverse(z.narrow(1, i, 1), parameters).value();
          if (recording) {
            // Not in place: what the net saw is needed on the way back.
            x =
                pass.keep(
                    torch.cat(
                        new TensorVector(
                            x.narrow(1, 0, i), element, x.narrow(1, i + 1, size - i - 1)),
                        1));
          } else {
            x.narrow(1, i, 1).copy_(element);
          }
        }
      }
      Mapped mapped = map.inverse(z, net.parameters(x, condition));
      return new Mapped(scope.keep(mapped.value()), scope.keep(mapped.logDet()));
    }
  }
}
