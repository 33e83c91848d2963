/* Functions that Math lacks, for the formulas of plots. No dependency. */
window.derivePlotFunctions = (() => {
  "use strict";
  const F = {
    sigmoid: (u) => (u >= 0 ? 1 / (1 + Math.exp(-u)) : Math.exp(u) / (1 + Math.exp(u))),
    softplus: (u) => Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u))),
    /* The series near 0, the continued fraction of erfc far from it. */
    erf: (u) => {
      const x = Math.abs(u);
      if (x < 2.5) {
        let term = x, sum = x;
        for (let n = 1; n < 80; n += 1) {
          term *= -x * x / n;
          sum += term / (2 * n + 1);
        }
        return Math.sign(u) * 2 * sum / Math.sqrt(Math.PI);
      }
      let tail = 0;
      for (let n = 60; n > 0; n -= 1) tail = n / 2 / (x + tail);
      return Math.sign(u) * (1 - Math.exp(-x * x) / ((x + tail) * Math.sqrt(Math.PI)));
    },
    Phi: (u) => (u < -4 ? Math.exp(F.logPhi(u)) : (1 + F.erf(u / Math.SQRT2)) / 2),
    logPhi: (u) => {
      if (u > 0) return Math.log1p(-F.Phi(-u));
      if (u >= -4) return Math.log(F.Phi(u));
      let tail = 0;
      for (let n = 60; n > 0; n -= 1) tail = n / (-u + tail);
      return -u * u / 2 - Math.log((-u + tail) * Math.sqrt(2 * Math.PI));
    },
    loggamma: (u) => {
      let x = u, shift = 0;
      for (; x < 12; x += 1) shift += Math.log(Math.abs(x));
      const s = 1 / (x * x);
      return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2
        + (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s / 1680))) / x - shift;
    },
    digamma: (u) => {
      let x = u, shift = 0;
      for (; x < 12; x += 1) shift += 1 / x;
      const s = 1 / (x * x);
      return Math.log(x) - 0.5 / x - s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s / 240)))
        - shift;
    },
    trigamma: (u) => {
      let x = u, shift = 0;
      for (; x < 12; x += 1) shift += 1 / (x * x);
      const s = 1 / (x * x);
      return shift + 1 / x + s / 2 + s / x * (1 / 6 - s * (1 / 30 - s * (1 / 42 - s / 30)));
    },
    /* s! times the sum of 1/(u + n)^(s + 1), its tail by Euler and Maclaurin; s = 1, 2, ... */
    polygamma: (s, u) => {
      if (s === 0) return F.digamma(u);
      const p = s + 1;
      let x = u, sum = 0, factorial = 1;
      for (let n = 2; n <= s; n += 1) factorial *= n;
      for (; x < 12 + s; x += 1) sum += Math.pow(x, -p);
      let term = p / 12;
      sum += Math.pow(x, -s) * (1 / s + 1 / (2 * x));
      for (const [ratio, n] of [[-1 / 60, 1], [-1 / 42, 3], [-1 / 40, 5], [0, 7]]) {
        sum += term * Math.pow(x, -p - n);
        term *= ratio * (p + n) * (p + n + 1);
      }
      return (s % 2 ? 1 : -1) * factorial * sum;
    },
    /* Newton's method: first on the tail's logarithm, which is nearly a parabola. */
    probit: (u) => {
      if (!(u > 0 && u < 1)) return NaN;
      if (u > 0.5) return -F.probit(1 - u);
      let x = u > 0.02 ? (u - 0.5) * 2.5 : -Math.sqrt(-2 * Math.log(u));
      for (let n = 0; n < 60; n += 1) {
        const tail = F.logPhi(x), slope = Math.exp(-x * x / 2 - tail) / Math.sqrt(2 * Math.PI);
        const step = (tail - Math.log(u)) / slope;
        x -= step;
        if (Math.abs(step) < 1e-15 * Math.abs(x)) break;
      }
      return x;
    },
    erfinv: (u) => Math.sign(u) * F.probit((1 + Math.abs(u)) / 2) / Math.SQRT2,
    /* The series near 0, the continued fraction far from it. */
    E1: (u) => {
      if (!(u > 0)) return NaN;
      if (u < 1) {
        let term = 1, sum = -0.5772156649015329 - Math.log(u);
        for (let n = 1; n < 30; n += 1) {
          term *= -u / n;
          sum -= term / n;
        }
        return sum;
      }
      let tail = 0;
      for (let n = 120; n > 0; n -= 1) tail = n / (1 + n / (u + tail));
      return Math.exp(-u) / (u + tail);
    },
    /* The series up to 40, the asymptotic series beyond. */
    Ei: (u) => {
      if (!(u > 0)) return u < 0 ? -F.E1(-u) : NaN;
      let term = 1, sum = u > 40 ? 1 : 0.5772156649015329 + Math.log(u);
      for (let n = 1; n < (u > 40 ? 30 : 200); n += 1) {
        term *= u > 40 ? n / u : u / n;
        sum += u > 40 ? term : term / n;
      }
      return u > 40 ? Math.exp(u) / u * sum : sum;
    },
    /* The sums of (-1)^n x^k / (k k!), k odd or even; far out the auxiliary functions f and g. */
    powerTerms: (x, k) => {
      let sum = 0, term = 1;
      for (let n = 1; n < 120; n += 1) {
        term *= x / n;
        if (n % 2 === k % 2) sum += (Math.floor(n / 2) % 2 ? -1 : 1) * term / n;
      }
      return sum;
    },
    auxiliary: (x) => {
      let f = 1, g = 1, a = 1, b = 1;
      for (let n = 1; n < 9; n += 1) {
        a *= -(2 * n - 1) * 2 * n / (x * x);
        b *= -2 * n * (2 * n + 1) / (x * x);
        f += a;
        g += b;
      }
      return [f / x, g / (x * x)];
    },
    Si: (u) => {
      const x = Math.abs(u), sign = Math.sign(u);
      if (x <= 20) return sign * F.powerTerms(x, 1);
      const [f, g] = F.auxiliary(x);
      return sign * (Math.PI / 2 - f * Math.cos(x) - g * Math.sin(x));
    },
    Ci: (u) => {
      if (!(u > 0)) return NaN;
      if (u <= 20) return 0.5772156649015329 + Math.log(u) + F.powerTerms(u, 0);
      const [f, g] = F.auxiliary(u);
      return f * Math.sin(u) - g * Math.cos(u);
    },
    besseli: (v, u) => {  // of an order that is not negative; all terms of the series are positive
      let term = Math.exp(v * Math.log(u / 2) - F.loggamma(v + 1)), sum = term;
      for (let n = 1; n < 2000 && term > 1e-17 * sum; n += 1) {
        term *= u * u / 4 / (n * (n + v));
        sum += term;
      }
      return sum;
    },
    /* Of the incomplete gamma function: the series below a + 1, the continued fraction beyond. */
    gammaSeries: (a, u) => {
      let term = 1 / a, sum = term;
      for (let n = 1; n < 20000 && term > 1e-17 * sum; n += 1) {
        term *= u / (a + n);
        sum += term;
      }
      return u === 0 ? 0 : sum * Math.exp(a * Math.log(u) - u - F.loggamma(a));
    },
    gammaFraction: (a, u) => {
      let tail = 0;
      for (let n = Math.ceil(60 + 20 * Math.sqrt(a)); n > 0; n -= 1) {
        tail = n * (n - a) / (u + 2 * n + 1 - a - tail);
      }
      return Math.exp(a * Math.log(u) - u - F.loggamma(a)) / (u + 1 - a - tail);
    },
    gammainc: (a, u) => {
      if (!(a > 0 && u >= 0)) return NaN;
      return u < a + 1 ? F.gammaSeries(a, u) : 1 - F.gammaFraction(a, u);
    },
    gammaincc: (a, u) => {
      if (!(a > 0 && u >= 0)) return NaN;
      return u < a + 1 ? 1 - F.gammaSeries(a, u) : F.gammaFraction(a, u);
    },
    /* The continued fraction, from the end that is nearer. */
    betainc: (a, b, u) => {
      if (!(a > 0 && b > 0 && u >= 0 && u <= 1)) return NaN;
      if (u === 0 || u === 1) return u;
      if (u > (a + 1) / (a + b + 2)) return 1 - F.betainc(b, a, 1 - u);
      let tail = 1;
      for (let m = Math.ceil(60 + 2 * Math.sqrt(a + b)); m > 0; m -= 1) {
        tail = 1 + m * (b - m) * u / ((a + 2 * m - 1) * (a + 2 * m)) / tail;
        tail = 1 - (a + m - 1) * (a + b + m - 1) * u / ((a + 2 * m - 2) * (a + 2 * m - 1)) / tail;
      }
      return Math.exp(a * Math.log(u) + b * Math.log1p(-u) + F.loggamma(a + b) - F.loggamma(a)
        - F.loggamma(b)) / (a * tail);
    },
    /* exp(-|u|) times the series of I_v, or its asymptotic series. */
    besselie: (v, u) => {
      const x = Math.abs(u), sign = v % 2 && u < 0 ? -1 : 1;
      let term = 1, sum = 1;
      if (x < 25) {
        term = v ? x / 2 : 1;
        sum = term;
        for (let n = 1; n < 120; n += 1) {
          term *= x * x / 4 / (n * (n + v));
          sum += term;
        }
        return sign * sum * Math.exp(-x);
      }
      for (let n = 1; n < 25; n += 1) {
        term *= ((2 * n - 1) * (2 * n - 1) - 4 * v * v) / (8 * n * x);
        sum += term;
      }
      return sign * sum / Math.sqrt(2 * Math.PI * x);
    },
    /* Li_s(u) = u/Γ(s) ∫ t^(s-1) / (e^t - u) dt for s > 0, with t = e^v; by a sum else. */
    polylog: (s, u) => {
      if (u >= 1) return NaN;
      if (s <= 0 && Number.isInteger(s)) {
        const w = u / (1 - u);
        let rows = [0, 1];  /* coefficients of a polynomial in w */
        for (let n = 0; n < -s; n += 1) {
          rows = rows.concat([0]).map((a, k) => k * a + (k ? (k - 1) * rows[k - 1] : 0));
        }
        return rows.reduce((sum, a, k) => sum + a * Math.pow(w, k), 0);
      }
      if (Math.abs(u) < 0.5 || s <= 0) {
        let sum = 0, power = 1;
        for (let n = 1; n < 4000; n += 1) {
          power *= u;
          sum += power / Math.pow(n, s);
        }
        return sum;
      }
      let sum = 0;
      const step = 1 / 64;
      for (let v = -60 / Math.min(s, 60); v < 6; v += step) {
        const t = Math.exp(v);
        sum += Math.exp(s * v - F.loggamma(s)) * u / (Math.expm1(t) + (1 - u));
      }
      return sum * step;
    },
  };
  return F;
})();
