/** The dashboard's cookie. Cookies know no ports, so a browser also sends it with customers' requests: it is never passed on. */
export const SESSION_COOKIE = "strangler-admin";
