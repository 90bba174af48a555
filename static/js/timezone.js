// Chooses the browser's time zone in <select data-timezone>, as long as nobody has chosen.
// data-also on an option: other names of that zone, which some browsers still use.
"use strict";

{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const field of document.querySelectorAll("select[data-timezone]")) {
    const options = [...field.options];
    const untouched = options.every((option) => option.selected === option.defaultSelected);
    const known = options.find(
      (option) => option.value === zone || (option.dataset.also || "").split(" ").includes(zone),
    );
    if (untouched && known) field.value = known.value;
  }
}
