// How far a zone's clocks are ahead of UTC, from the runtime's own time zone data.

const formats = new Map();

/** Minutes ahead of UTC at a moment; undefined for a zone nobody knows. */
export function zoneOffset(zone, ms) {
  try {
    const format = formats.get(zone) ?? new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    formats.set(zone, format);
    const [, sign, hours = "0", minutes = "0"] = /GMT([+-])?(\d+)?:?(\d+)?/.exec(format.format(ms));
    return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  } catch {
    return undefined;
  }
}
