"""The only Streamlit code of the project: navigation, controls, the stage, caches."""
