print("retrograd")
