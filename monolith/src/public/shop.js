/* global document, fetch, location */
// Pages are the same for everybody; what belongs to one customer is asked for afterwards.
const price = (cents) => new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" }).format(cents / 100);

async function showBadge() {
  const badge = document.querySelector("[data-cart-badge]");
  const response = await fetch("/api/cart/badge");
  if (!badge || !response.ok) return;
  const { count } = await response.json();
  badge.textContent = count;
  badge.hidden = count === 0;
}

// After a review has been sent, the page comes back with #review-published or #review-pending.
function showNotice() {
  const notice = /^#review-\w+$/.test(location.hash) && document.querySelector(location.hash);
  if (!notice) return;
  notice.hidden = false;
  notice.scrollIntoView({ block: "center" });
}

function watchCheckout() {
  const form = document.querySelector("[data-checkout]");
  if (!form) return;
  form.addEventListener("submit", () => {
    form.querySelector("button[type=submit]").disabled = true;
  });
  form.addEventListener("change", async (event) => {
    if (event.target.name !== "shippingMethod") return;
    const response = await fetch(`/api/cart?shippingMethod=${encodeURIComponent(event.target.value)}`);
    if (!response.ok) return;
    const cart = await response.json();
    form.querySelector("[data-shipping]").textContent = cart.shippingCents === 0 ? "Free" : price(cart.shippingCents);
    form.querySelector("[data-total]").textContent = price(cart.totalCents);
    form.querySelector("[data-tax]").textContent = price(cart.taxCents);
  });
}

showBadge();
showNotice();
watchCheckout();
