// Node with require.
const { Aircher, AircherError } = require("aircher-llm");

import("./scenario.mjs")
  .then(({ scenario }) => scenario({ Aircher, AircherError }, process.argv[2]))
  .then((results) => console.log(JSON.stringify(results)));
