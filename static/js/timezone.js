// Chooses the browser's time zone in <select data-timezone>, as long as nobody has chosen.
"use strict";

{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const field of document.querySelectorAll("select[data-timezone]")) {
    const options = [...field.options];
    const given = options.find((option) => option.defaultSelected) || options[0];
    const known = options.some((option) => option.value === zone);
    if (given.selected && known) field.value = zone;
  }
}
