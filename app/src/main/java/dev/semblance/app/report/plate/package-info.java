/** Pages of pictures with what is to be seen on them. */
@NullMarked
package dev.semblance.app.report.plate;

import org.jspecify.annotations.NullMarked;
