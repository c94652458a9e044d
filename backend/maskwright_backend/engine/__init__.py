# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a request: jobs, loaded models, embeddings, decoding, the object map, answers."""
