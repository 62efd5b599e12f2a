package dev.semblance.adversarial.access;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** A model that shows its weights, so that it can be told whether they stay as they are. */
public interface Inspectable {
  /** Parameters and buffers by name; borrowed. */
  Map<String, Tensor> weights();
}
