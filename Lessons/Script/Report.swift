import Foundation
import LessonKit
import Retrograd

/// Loss and accuracy by step.
func makePlots() -> [String] {
  func points(_ column: Int, times factor: Double = 1) -> [(x: Double, y: Double)] {
    curves.rows.compactMap { row in row[0].flatMap { x in row[column].map { (x, factor * $0) } } }
  }
  return [
    SVGChart("Loss", x: "epoch", y: "cross-entropy", [.line("batch", points(1))]).svg,
    SVGChart(
      "Accuracy", x: "epoch", y: .init("%", range: 0...100),
      [.line("batch", points(2, times: 100)), .line("test set", points(3, times: 100))]
    ).svg,
  ]
}

/// Evaluates the model on the test set.
func evaluate() -> Evaluation {
  let p = model(x, w).value
  var evaluation = Evaluation(classes: slides.classes)
  evaluation.add(
    logits: p.indexSelect(IntTensor(test), axis: 0).log(), indices: test,
    labels: test.map { y[$0] })
  return evaluation
}

/// Writes what the program has found as a page to look at, `script.html`.
func writeReport(_ evaluation: Evaluation) {
  do {
    var page = HTMLPage(
      "The script: from slides to a report",
      subtitle: "\(slides.files.count) slides: \(slides.classes.joined(separator: ", "))")
    page.add(
      "Result",
      HTMLPage.figures([
        HTMLPage.accuracy(
          evaluation.accuracy, error: evaluation.standardError,
          on: "\(test.count) slides of the test set"),
        ("\(training.count)", "slides to train on"), ("\(w.count)", "numbers to learn"),
      ]))
    page.add("Curves", HTMLPage.charts(makePlots()))
    page.add(
      "Confusion matrix",
      HTMLPage.charts([HeatMap(confusion: evaluation.confusion, classes: slides.classes).svg]))
    let shown = slides.classes.indices.flatMap { label in
      evaluation.predictions.filter { $0.label == label }.prefix(12)
    }
    page.add("The test set", HTMLPage.gallery(try shown.map(illustrate)))
    let answers = logits.argmax(axis: 1)
    page.add(
      "What AlexNet says",
      HTMLPage.paragraph(network.description),
      HTMLPage.details(
        "The label with the largest output, slide by slide",
        HTMLPage.table(
          "Labels of all slides", header: ["slide", "index", "label"],
          slides.files.indices.map { ["\($0)", "\(answers[$0])", labels[answers[$0]]] })))
    var sheet = ContactSheet(size: 224, columns: 4)
    sheet.add(picture, ["the first slide"])
    sheet.add(NetworkPictures.signed(edges.reshaped([222, 222])), ["edges (Sobel)"])
    sheet.add(enlarged(skipped), ["every eighth pixel"])
    sheet.add(enlarged(averaged), ["means of 8 by 8"])
    page.add(
      "Convolution and downsampling",
      try HTMLPage.picture(
        sheet.picture, description: "The first slide, its edges, and two ways to make it smaller"))
    page.add(
      "Feature maps",
      try HTMLPage.picture(
        NetworkPictures.featureMaps(maps.reshaped(Array(maps.shape[1...])), most: 64),
        description: "Maps of the first convolution, after ReLU"))
    page.add("How to repeat it", HTMLPage.code(RunRecord.thisCommand))
    let folder = URL(filePath: options.output)
    try makeFolder(folder)
    let file = folder.appending(path: "script.html")
    try writeAtomically(Array(page.html.utf8), to: file)
    say("report: \(options.output == "." ? "script.html" : file.relativePath)")
  } catch {
    fail(words(for: error))
  }
}

/// A small picture at the size of the others, its pixels to be seen.
private func enlarged(_ gray: Tensor) -> Picture {
  let (height, width) = (gray.shape[2], gray.shape[3])
  let pixels = gray.reshaped([height, 1, width, 1]).broadcast(to: [height, 8, width, 8])
  return Picture(pixels.reshaped([height * 8, width * 8]))
}

/// A slide of the test set with what the model says of it.
private func illustrate(_ answer: Evaluation.Prediction) throws -> HTMLPage.Illustration {
  let (label, guess) = (slides.classes[answer.label], answer.predicted.map { slides.classes[$0] })
  return try HTMLPage.Illustration(
    CenterCrop(144)(Resize(144)(read(slides.files[answer.index]))),
    description: "Slide \(answer.index) shows \(label); the guess is \(guess ?? "none")",
    caption: [
      "\(guess ?? "no answer"), \(percent(answer.confidence))", "slide \(answer.index): \(label)",
    ],
    isRight: answer.isRight)
}
