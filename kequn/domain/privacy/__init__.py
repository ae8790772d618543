"""Personal information 个人信息: consent, what stands about a person, erasing it, and how long things are kept."""
