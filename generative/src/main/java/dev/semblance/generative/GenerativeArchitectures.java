package dev.semblance.generative;

import dev.semblance.core.nn.Architecture;
import dev.semblance.core.nn.ArchitectureNames;
import dev.semblance.generative.autoencoder.Autoencoder;
import dev.semblance.generative.autoencoder.SamplingAutoencoder;
import dev.semblance.generative.diffusion.Diffusion;
import dev.semblance.generative.flow.Flow;
import dev.semblance.generative.gan.Gan;
import dev.semblance.generative.vae.Vae;
import java.util.Map;
import java.util.TreeMap;

/** The architectures of this module. */
public final class GenerativeArchitectures implements ArchitectureNames {
  @Override
  public Map<String, Class<? extends Architecture>> names() {
    Map<String, Class<? extends Architecture>> names = new TreeMap<>();
    names.put("autoencoder", Autoencoder.Config.class);
    names.put("diffusion", Diffusion.Config.class);
    names.put("flow", Flow.Config.class);
    names.put("gan", Gan.Config.class);
    names.put("sampling-autoencoder", SamplingAutoencoder.Config.class);
    names.put("vae", Vae.Config.class);
    return names;
  }
}
