// The images of the next message: chosen, shown small, removable; kept as data URLs.

/** Connects the file input and the row of previews; returns what hands the images out. */
export function images(input, row) {
  input.addEventListener("change", async () => {
    const files = [...input.files];
    input.value = "";
    for (const file of files) row.append(preview(file.name, await dataUrl(file)));
  });
  return {
    /** The data URLs; the row is empty afterwards. */
    take() {
      const urls = [...row.querySelectorAll("img")].map(({ src }) => src);
      row.replaceChildren();
      return urls;
    },
  };
}

function preview(name, url) {
  const figure = document.createElement("figure");
  const remove = document.createElement("button");
  remove.type = "button";
  remove.textContent = "×";
  remove.setAttribute("aria-label", `Remove ${name}`);
  remove.addEventListener("click", () => figure.remove());
  figure.append(picture(url, name), remove);
  return figure;
}

/** An image element. */
export function picture(url, alt) {
  return Object.assign(document.createElement("img"), { src: url, alt });
}

function dataUrl(file) {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(file);
  });
}
