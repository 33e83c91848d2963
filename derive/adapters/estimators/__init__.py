"""Files for libraries that fit models: scikit-learn, SciPy, NGBoost, Keras."""
