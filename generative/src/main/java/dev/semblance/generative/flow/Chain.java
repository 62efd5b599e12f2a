package dev.semblance.generative.flow;

import dev.semblance.generative.Condition;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Maps in a row; their log-determinants add up. */
public record Chain(List<Bijection> links) implements Bijection {
  public Chain {
    if (links.isEmpty()) {
      throw new IllegalArgumentException("a chain needs at least 1 link, got 0");
    }
    links = List.copyOf(links);
  }

  @Override
  public Mapped forward(Tensor x, Condition condition) {
    Mapped first = links.getFirst().forward(x, condition);
    Tensor value = first.value();
    Tensor logDet = first.logDet();
    for (Bijection link : links.subList(1, links.size())) {
      Mapped mapped = link.forward(value, condition);
      value = mapped.value();
      logDet = logDet.add(mapped.logDet());
    }
    return new Mapped(value, logDet);
  }

  @Override
  public Mapped inverse(Tensor z, Condition condition) {
    Mapped first = links.getLast().inverse(z, condition);
    Tensor value = first.value();
    Tensor logDet = first.logDet();
    for (Bijection link : links.subList(0, links.size() - 1).reversed()) {
      Mapped mapped = link.inverse(value, condition);
      value = mapped.value();
      logDet = logDet.add(mapped.logDet());
    }
    return new Mapped(value, logDet);
  }

  @Override
  public Tensor prepare(Tensor x, Condition condition) {
    Tensor value = x;
    for (Bijection link : links) {
      value = link.prepare(value, condition);
    }
    return value;
  }
}
