/** ONNX files as models that answer with scores. */
@NullMarked
package dev.semblance.adversarial.onnx;

import org.jspecify.annotations.NullMarked;
